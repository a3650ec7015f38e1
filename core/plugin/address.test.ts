import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { NotSent, SwitchboardError } from '../errors.ts';
import { addressProblem, addressSentence, isPublicAddress } from './address.ts';
import { createOutbound, type Caller } from './outbound.ts';

const nobody: Caller = { origins: new Set(), secrets: [] };

/** Counts every connection that reaches this machine's own addresses, on the ports that the guard lets through where they are free. */
async function openCanary(t: Test) {
  const reached: string[] = [];
  const ports: number[] = [];
  const sockets = new Set<Socket>();
  for (const [host, port] of [['127.0.0.1', 0], ['127.0.0.1', 443], ['127.0.0.1', 80], ['127.0.0.1', 8443], ['::1', 443], ['::1', 8443]] as const) {
    const server = createServer((socket) => {
      reached.push(`${socket.localAddress}:${socket.localPort}`);
      sockets.add(socket.on('error', () => undefined));
    });
    const listening = await new Promise<boolean>((resolve) => server.once('error', () => resolve(false)).listen(port, host, () => resolve(true)));
    if (!listening) continue;
    ports.push((server.address() as AddressInfo).port);
    t.teardown(() => new Promise((resolve) => server.close(resolve)));
  }
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  return { reached, port: ports[0] ?? 0, ports };
}

// ── the corpus ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** This machine, its neighbours and the metadata servers, in every spelling that a URL parser knows. */
const insideHosts = [
  '127.0.0.1', '127.1', '127.0.1', '127.0.0.2', '127.255.255.254', '0x7f000001', '0x7f.1', '0x7F.0x0.0x0.0x1', '2130706433', '017700000001', '0177.0.0.1', '0177.1', '127.0.0.1.',
  '0', '0.0.0.0', '0x0', '00000', '%31%32%37.0.0.1', '127%2e0.0.1', '１２７.０.０.１', '127。0。0。1', '127．0．0．1', '⑫⑦.0.0.1', '①②⑦.⓪.⓪.①',
  '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:0001]', '[::127.0.0.1]', '[::7f00:1]',
  '[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:7f00:1::1]', '[2001:0:7f00:1::]', '[::ffff:0:127.0.0.1]',
  '10.0.0.1', '10.255.255.255', '0x0a000001', '012.0.0.1', '167772161', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.1.254', '3232235521', '[::ffff:10.0.0.1]', '[::ffff:192.168.0.1]', '[2002:c0a8:1::]',
  '169.254.169.254', '169.254.170.2', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]', '[fd00:ec2::254]', '[fd20:ce::254]', '168.63.129.16', '100.100.100.200', '192.0.0.192',
  '100.64.0.1', '100.127.255.255', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
  '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fdff::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[2001:20::1]', '[100::1]', '[3fff::1]', '[5f00::1]',
];
/** Names that lead inside. The lookup below answers for them, as a hostile name server would. */
const insideNames: Record<string, string[][]> = {
  localhost: [['127.0.0.1', '::1']],
  LOCALHOST: [['127.0.0.1']],
  'localhost.': [['127.0.0.1']],
  'sub.localhost': [['::1']],
  'localhost.localdomain': [['127.0.0.1']],
  'ip6-localhost': [['::1']],
  'metadata.google.internal': [['169.254.169.254']],
  'metadata': [['169.254.169.254']],
  'kubernetes.default.svc': [['10.96.0.1']],
  'host.docker.internal': [['172.17.0.1']],
  '127.0.0.1.nip.test': [['127.0.0.1']],
  'rebind.test': [['127.0.0.1'], ['127.0.0.1']],
  'mapped.test': [['::ffff:127.0.0.1']],
  'nat64.test': [['64:ff9b::7f00:1']],
  'sixtofour.test': [['2002:7f00:1::1']],
  'several.test': [['10.0.0.1', '127.0.0.1', '::1', 'fe80::1']],
  'nothing.test': [[]],
  'xn--nxasmq6b.test': [['127.0.0.1']],
};
const otherSchemes = ['file:///etc/passwd', 'gopher://127.0.0.1:6379/_PING', 'ftp://127.0.0.1/', 'dict://127.0.0.1:11211/stat', 'ldap://127.0.0.1/', 'data:text/plain,hello', 'javascript:alert(1)', 'ws://127.0.0.1/', 'wss://127.0.0.1/', 'blob:https://127.0.0.1/x', 'about:blank', 'unix:/var/run/docker.sock', 'http+unix://%2Fvar%2Frun%2Fdocker.sock/', 'jar:https://127.0.0.1!/', 'tftp://127.0.0.1/'];
const ours = 'graph.facebook.com';
const disguises = [
  `https://${ours}@127.0.0.1/`, `https://${ours}:443@127.0.0.1/`, `https://user:pass@${ours}/`, `https://user@${ours}/`, `https://127.0.0.1#@${ours}/`, `https://127.0.0.1?@${ours}/`, `https://127.0.0.1\\@${ours}/`, `https:\\\\127.0.0.1\\`,
  'https:127.0.0.1', 'https:/127.0.0.1/', 'https:////127.0.0.1/', '  https://127.0.0.1/', 'ht\ttps://127.0.0.1/', 'https://127.0.\n0.1/', 'https://127.0.0.1/\r\nHost: x', '\u0000https://127.0.0.1/', 'HTTPS://127.0.0.1/', '//127.0.0.1/', '/etc/passwd', '', ' ', 'https://', 'https://[', 'https://[::1', 'https://127.0.0.1:99999/', 'https://exa mple/',
];

t.test('of more than 300 ways inside none reaches this machine, and each is refused as an address', { timeout: 240_000 }, async (t) => {
  const canary = await openCanary(t);
  const asked = new Map<string, number>();
  const outbound = createOutbound({
    lookup(hostname, done) {
      const nth = asked.get(hostname) ?? 0;
      asked.set(hostname, nth + 1);
      const answers = insideNames[hostname] ?? insideNames[hostname.toUpperCase()] ?? [];
      const answer = answers[Math.min(nth, answers.length - 1)] ?? [];
      done(null, answer.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })));
    },
  });
  t.teardown(() => outbound.close());

  const hosts = [...insideHosts, ...Object.keys(insideNames)];
  const urls = [
    ...hosts.flatMap((host) => ['', ':443', ':8443'].map((port) => `https://${host}${port}/latest/meta-data`)),
    ...hosts.map((host) => `http://${host}/`),
    ...['127.0.0.1', '[::1]', 'localhost', ours].flatMap((host) => [22, 25, 3306, 5432, 6379, 9200, canary.port].map((port) => `https://${host}:${port}/`)),
    ...otherSchemes,
    ...disguises,
  ];
  t.ok(urls.length > 300, `${urls.length} addresses`);
  for (const [n, url] of [...urls, ...urls].entries()) {
    const error: unknown = await (n < urls.length ? outbound.call(url, { timeoutMs: 30_000 }, nobody) : outbound.download(url, { timeoutMs: 30_000 }, nobody)).catch((thrown: unknown) => thrown);
    if (!(error instanceof NotSent) || !(error.cause instanceof SwitchboardError) || error.cause.code !== 'ADDRESS_REFUSED') t.fail(`${JSON.stringify(url)} was not refused as an address: ${String(error)}`);
  }
  t.strictSame(canary.reached, [], 'nobody came');
  t.ok(canary.ports.length > 0, `the canary listened on ${canary.ports.join(', ')}`);
});

t.test('nor by a redirect of a provider’s own address, of which a medium may have three', { timeout: 240_000 }, async (t) => {
  const canary = await openCanary(t);
  const hosts = [...insideHosts, ...Object.keys(insideNames)];
  const places = [
    ...hosts.flatMap((host) => [`http://${host}/`, `https://${host}/`, `//${host}/`, `http://${host}:${canary.port}/`]),
    ...otherSchemes.map((address) => address.replace('127.0.0.1', `127.0.0.1:${canary.port}`)), ...disguises,
  ];
  t.ok(places.length > 300, `${places.length} addresses`);
  let place = '';
  let asked = 0;
  const provider = createHttpServer((_request, response) => {
    asked++;
    // As bytes: a header may hold what our own writing of headers would refuse.
    response.socket?.end(`HTTP/1.1 302 Found\r\nlocation: ${place.replaceAll(/[\r\n\0]/g, ' ')}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => provider.close(resolve)));
  const origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const outbound = createOutbound({ allowedOrigins: [origin], lookup: (hostname, done) => done(null, (insideNames[hostname]?.[0] ?? ['127.0.0.1']).map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))) });
  t.teardown(() => outbound.close());
  for (place of places) {
    const outcome: unknown = await outbound.download(`${origin}/media`, { timeoutMs: 30_000, headers: { authorization: 'Bearer x' } }, { origins: new Set([origin]), secrets: [] }).catch((thrown: unknown) => thrown);
    // What is no address of another host at all leads back to the provider, and round three times.
    if (!(outcome instanceof NotSent)) t.fail(`${JSON.stringify(place)}: ${String(outcome)}`);
  }
  t.ok(asked >= places.length);
  t.strictSame(canary.reached, [], 'nobody came');
});

t.test('the canary does count who comes: the same address is reached when the operator names it', async (t) => {
  const canary = await openCanary(t);
  const origin = `http://127.0.0.1:${canary.port}`;
  const outbound = createOutbound({ allowedOrigins: [origin] });
  t.teardown(() => outbound.close());
  await outbound.call(origin, { timeoutMs: 1_000 }, nobody).catch(() => undefined);
  t.equal(canary.reached.length, 1);
  for (const other of [`http://127.0.0.1:${canary.port + 1}`, `https://127.0.0.1:${canary.port}`, `http://localhost:${canary.port}`]) {
    t.match(await outbound.call(other, {}, nobody).catch((error: unknown) => error), { constructor: NotSent, cause: { code: 'ADDRESS_REFUSED' } }, `${other} was not named`);
  }
});

t.test('a name is judged anew for each connection, so an answer that changes meanwhile does not help', async (t) => {
  const canary = await openCanary(t);
  let asked = 0;
  const outbound = createOutbound({
    lookup(_hostname, done) {
      // Public while it is looked at, inside when it is used: only one look counts, the one that is connected to.
      asked++;
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    },
  });
  t.teardown(() => outbound.close());
  for (let nth = 1; nth <= 5; nth++) t.match(await outbound.call('https://rebind.test/', {}, nobody).catch((error: unknown) => error), { cause: { code: 'ADDRESS_REFUSED' } });
  t.equal(asked, 5, 'no answer is kept');
  t.equal(canary.reached.length, 0);
});

t.test('public addresses are public', async (t) => {
  for (const address of ['1.1.1.1', '8.8.8.8', '31.13.64.1', '157.240.0.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.0.1', '198.20.0.1', '223.255.255.255', '2606:4700:4700::1111', '2a03:2880:f12f:83:face:b00c:0:25de', '2001:4860:4860::8888']) {
    t.ok(isPublicAddress(address), address);
  }
  for (const address of ['', 'example.com', '1.1.1', '1.1.1.1/8', ' 1.1.1.1', '::g']) t.notOk(isPublicAddress(address), JSON.stringify(address));
});

t.test('an IPv4 address is judged alike however it is wrapped', async () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0')).join('').replace(/^(.{4})/, '$1:');
      return [`::ffff:${address}`, `::${address}`, `64:ff9b::${hex}`, `2002:${hex}::1`].every((wrapped) => !isPublicAddress(wrapped));
    }),
    { numRuns: 2_000 },
  );
});

t.test('a typed address is told what is wrong with it', async (t) => {
  const named = new Set(['http://10.0.0.5:8080']);
  const problem = (typed: string) => {
    const fault = addressProblem(new URL(typed), named);
    return fault && addressSentence(fault, new URL(typed).origin);
  };
  t.equal(problem('https://graph.facebook.com/v23.0'), undefined);
  t.equal(problem('https://bots.example.com:8443/x'), undefined);
  t.equal(problem('http://10.0.0.5:8080/v1'), undefined, 'the operator named it');
  t.match(problem('http://graph.facebook.com'), /not https; only origins that the operator names in ALLOWED_ORIGINS/);
  t.match(problem('https://example.com:22'), /unusual port/);
  t.match(problem('https://10.0.0.5'), /not a public address/);
  t.match(problem('http://user@10.0.0.5:8080'), /user name or password/, 'also where it was named');
  t.match(problem('ftp://example.com'), /Only https/);
});
