/** Channels with one fault each, and what the contract must say of it. */
import { Buffer } from 'node:buffer';
import { Type, type Channel, type Event, type Guide, type Locale, type SendResult } from '#plugin';
import { channelContract } from '../channel.ts';
import type { Check } from '../check.ts';
import type { ChannelEvidence } from '../evidence.ts';
import { channelEvidence, type channelSettings, eventOf, hmac, isRecord, proofIn, soundChannel } from './sound.ts';

export interface Broken {
  /** What is wrong with it. */
  flaw: string;
  /** The check that fails. */
  check: string;
  /** What it says. */
  says: RegExp;
  checks: Check[];
}

type Settings = typeof soundChannel.settings;
type Changes = Partial<Channel<Settings>>;

function broken(flaw: string, check: string, says: RegExp, changes: Changes, evidence: Partial<ChannelEvidence<typeof channelSettings>> = {}): Broken {
  return { flaw, check, says, checks: channelContract({ ...soundChannel, ...changes }, { ...channelEvidence, ...evidence }) };
}

/** A fault of the schema: another type than the sound one, so the whole plugin is of another type. */
function brokenSettings(flaw: string, check: string, says: RegExp, members: Parameters<typeof Type.Object>[0]): Broken {
  const settings = Type.Object({ ...soundChannel.settings.properties, ...members });
  return { flaw, check, says, checks: channelContract({ ...soundChannel, settings }, channelEvidence) };
}

const { can, texts } = soundChannel;
const sound = soundChannel;
const english = { 'error.refused': 'The provider refused {{number}}.' };
const settingsCheck = 'its settings are one object schema, plain JSON, with a title for each member';
const secretCheck = 'what looks like a secret is marked writeOnly and has no default';
const textsCheck = 'its texts are complete in English, Spanish and Indonesian';
const doctorCheck = 'its doctor answers in lines, whatever the provider does, and says how to mend what is broken';
const canCheck = 'what it can do agrees with itself';
const accountCheck = 'an account in canonical form stays as it is, and nothing typed makes it throw';
const explainCheck = 'every error has a meaning in words, also one that nobody has seen';
const limitsCheck = 'its limits are numbers that leave room to send';
const meaningCheck = 'every code of its evidence has a meaning of its own';
const handshakeCheck = 'a webhook is not taken for a handshake, and a handshake without the right token is not granted';
const originsCheck = 'the origins that may be given credentials are origins';

const guideCheck = 'its guide explains every setting once, in every language, in the same steps';
const tellsCheck = 'what it hands over are its settings, and of the secrets only what is made here';
/** The sound guide with the fields of one language changed. */
const guideWith = (changed: Locale, fields: Record<string, string>) => async (locale: Locale): Promise<Guide> => {
  const guide = await soundGuide(locale);
  return locale === changed ? { ...guide, steps: guide.steps.map((step) => ({ ...step, fields })) } : guide;
};
const soundGuide = async (locale: Locale): Promise<Guide> => (await soundChannel.guide?.(locale)) ?? { before: [], steps: [], handOff: [] };

const guides: Broken[] = [
  broken('its guide leaves a setting out', guideCheck, /in id the setting region is explained 0 times/, { guide: guideWith('id', { secret: 'Di Webhook.', token: 'Di Kunci.' }) }),
  broken('its guide explains what is no setting', guideCheck, /in en it explains colour, which is no setting/, { guide: guideWith('en', { secret: 'Here.', token: 'Here.', region: 'Here.', colour: 'Here.' }) }),
  broken('its guide is English in every language', guideCheck, /in es it still says “You need an account\.”/, { guide: () => soundGuide('en') }),
  broken('its guide has a blank sentence', guideCheck, /in es: \/before\/0/, { guide: async (locale) => ({ ...(await soundGuide(locale)), ...(locale === 'es' && { before: [' '] }) }) }),
  broken('it hands a credential over', tellsCheck, /hands over token, a secret that came from the provider/, { tells: () => ['token'] }),
  broken('it hands over what is no setting', tellsCheck, /hands over colour, which is no setting/, { tells: () => ['colour'] }),
];

const shapes: Broken[] = [
  broken('its name has capitals', 'its kind is channel, its contract 1, and it has a name and a title', /not lower-case/, { name: 'Sound' }),
  broken('it has a blank title', 'its kind is channel, its contract 1, and it has a name and a title', /no title/, { title: ' ' }),
  brokenSettings('a member has no title', settingsCheck, /zone has no title/, { zone: Type.Optional(Type.String()) }),
  brokenSettings('there is a function in the schema', settingsCheck, /function at settings\.properties\.zone\.validate/, { zone: Type.Optional(Type.String({ title: 'Zone', validate: () => true })) }),
  brokenSettings('a password is not marked', secretCheck, /password looks like a secret/, { password: Type.Optional(Type.String({ title: 'Password' })) }),
  brokenSettings('a nested token is not marked', secretCheck, /login\.apiToken looks like a secret/, { login: Type.Optional(Type.Object({ apiToken: Type.String() }, { title: 'Login' })) }),
  brokenSettings('a secret has a default', secretCheck, /no secret has a default/, { pin: Type.Optional(Type.String({ title: 'PIN', writeOnly: true, default: '0000' })) }),
  brokenSettings('a default does not fit', 'its defaults and the settings of its evidence fit its schema', /default of hours/, { hours: Type.Optional(Type.Integer({ title: 'Hours', default: 'many' })) }),
  brokenSettings('the settings of the evidence are incomplete', 'its defaults and the settings of its evidence fit its schema', /settings of the evidence do not fit/, { needed: Type.String({ title: 'Needed' }) }),
  broken('a text is missing in Indonesian', textsCheck, /id does not word error\.refused/, { texts: { en: texts?.en ?? {}, es: texts?.es ?? {}, id: {} } }),
  broken('a text names another place', textsCheck, /es has other/, { texts: { en: english, es: { 'error.refused': 'El proveedor rechazó {{numero}}.' }, id: english } }),
  broken('a text is left over', textsCheck, /es words stale/, { texts: { en: texts?.en ?? {}, es: { ...texts?.es, stale: 'viejo' }, id: texts?.id ?? {} } }),
  broken('an origin has a path', originsCheck, /not an origin/, { origins: () => ['https://api.sound.example.test/v1'] }),
  broken('the doctor throws', doctorCheck, /unexpected/, { check: async () => { throw new Error('unexpected'); } }),
  broken('the doctor does not say how to mend', doctorCheck, /does not say how to mend/, { check: async () => [{ what: 'token', state: 'broken', said: 'No.' }] }),
  broken('the doctor says it by a key that is missing', doctorCheck, /doctor\.missing is not among the texts/, { check: async () => [{ what: 'token', state: 'ok', said: 'doctor.missing' }] }),
  broken('the doctor leaves a place empty', doctorCheck, /doctor\.refused wants \{\{status\}\}/, { check: async () => [{ what: 'token', state: 'ok', said: 'doctor.refused' }] }),
  broken('the doctor names a field that is not there', doctorCheck, /field tokem/, { check: async () => [{ what: 'token', state: 'ok', said: 'It works.', field: 'tokem' }] }),
  broken('the doctor tells the token', doctorCheck, /contains a credential/, { check: async (ctx) => [{ what: 'token', state: 'ok', said: `${ctx.settings.secret} works.` }] }),
  broken('it sends lists without naming their limits', canCheck, /limits of list contradict/, { can: { ...can, sends: ['text', 'buttons', 'list'] } }),
  broken('it names limits of buttons and sends none', canCheck, /limits of buttons contradict/, { can: { ...can, sends: ['text'] } }),
  broken('it sends videos without naming sizes', canCheck, /sends video and does not say/, { can: { ...can, sends: ['text', 'buttons', 'video'] } }),
  broken('it cannot send text', canCheck, /cannot send text/, { can: { ...can, sends: ['buttons'] } }),
  broken('an account grows each time', accountCheck, /not its own canonical form/, { account: { title: 'A', parse: (typed) => (typed.trim() === '' ? { problem: 'It is blank.' } : `a:${typed.trim()}`) } }),
  broken('an account throws', accountCheck, /Invalid|malformed|URI/i, { account: { title: 'A', parse: (typed) => decodeURIComponent(`${typed.trim()}%`) } }),
  broken('blank is an account', accountCheck, /nothing typed is taken|becomes ""/, { account: { title: 'A', parse: (typed) => typed.trim() } }),
  broken('an account is not what the evidence says', accountCheck, /not ana/, { account: { title: 'A', parse: (typed) => (typed.trim() === '' ? { problem: 'It is blank.' } : typed.trim().toUpperCase().toLowerCase().replace('ana', 'anna')) } }),
  broken('an unknown error has no sentence', explainCheck, /sentence/, { explain: ({ code }) => ({ sentence: code === '1' ? 'One.' : '', whose: 'us', retried: false }) }),
  broken('an error is worded by a key that is missing', explainCheck, /error\.missing is not among the texts/, { explain: () => ({ sentence: 'error.missing', whose: 'us', retried: false }) }),
  broken('a code of its evidence means nothing', meaningCheck, /http-400 means no more/, { explain: () => ({ sentence: 'error.refused', whose: 'us', retried: false }) }),
  broken('a code is said to be unknown, and is not', meaningCheck, /http-400 is listed as unexplained, and is explained/, {}, { unexplained: ['http-400'] }),
  broken('a code is said to be unknown, and never comes', meaningCheck, /and no evidence speaks of it/, {}, { unexplained: ['77'] }),
  broken('every GET is a granted handshake', handshakeCheck, /is answered 200/, { challenge: ({ method, url }) => (method === 'GET' ? { status: 200, body: new URL(url).searchParams.get('challenge') ?? '' } : undefined) }),
  broken('a webhook is answered as a handshake', handshakeCheck, /“two messages” is taken for a handshake/, { challenge: () => ({ status: 403, body: '' }) }),
  broken('a refused handshake tells the token', handshakeCheck, /with a secret/, { challenge: ({ method }, { token }) => (method === 'GET' ? { status: 403, body: `expected ${token}` } : undefined) }),
  broken('its limit lets nothing through', limitsCheck, /perSecond/, { limits: () => ({ perSecond: 0 }) }),
  broken('its limit is no number', limitsCheck, /perSecond/, { limits: () => ({ perSecond: Number.NaN }) }),
  broken('its limit of a pair lets nothing through', limitsCheck, /limit of a pair/, { limits: () => ({ perSecond: 1, pair: { everyMs: 6000, burst: 0 } }) }),
  broken('its limit changes with the hour', limitsCheck, /the clock was read/, { limits: () => ({ perSecond: Date.now() }) }),
];

const signedCheck = 'what the provider signed is believed, every piece of evidence';
const upperCheck = 'a proof in upper-case letters is refused';
const keptCheck = 'what is kept of a webhook proves it later, too, and no secret is kept in the open';
const changedProofCheck = 'a proof that is cut, prolonged or changed by one letter is refused';

const verifying: Broken[] = [
  broken('it verifies the body written anew', signedCheck, /“two messages” is refused/, {
    verify: (request, { secret }) => proofIn(request)[0] === hmac(secret, Buffer.from(JSON.stringify(JSON.parse(request.body.toString())))).toString('hex') || { refused: 'wrong-secret' },
  }),
  broken('it does not name the header that it reads', keptCheck, /refused without a header that proofHeaders\(\) does not name/, { proofHeaders: () => [] }),
  broken('it names its header in capitals', keptCheck, /X-Sound, which is not in lower case/, { proofHeaders: () => [{ name: 'X-Sound' }] }),
  broken('it would keep its secret in the open', keptCheck, /x-sound holds a secret/, { verify: () => true }, { sign: (_, { secret }) => ({ 'x-sound': secret }) }),
  broken('it believes what is not signed', 'a webhook without its proof is refused', /without its proof is believed/, { verify: (request, settings) => proofIn(request).length === 0 || sound.verify(request, settings) }),
  broken('it believes an empty proof', 'an empty proof is refused', /is believed/, { verify: (request, settings) => proofIn(request)[0] === '' || sound.verify(request, settings) }),
  broken('it reads the first of two proofs', 'a proof that is there twice is refused', /is believed/, {
    verify: (request, settings) => sound.verify({ ...request, headers: { 'x-sound': proofIn(request).slice(0, 1) } }, settings),
  }),
  broken('it believes any case', upperCheck, /is believed/, { verify: (request, settings) => sound.verify({ ...request, headers: { 'x-sound': proofIn(request).map((proof) => proof.toLowerCase()) } }, settings) }),
  broken('it reads hex until it ends', changedProofCheck, /is believed/, {
    verify: (request, settings) => sound.verify({ ...request, headers: { 'x-sound': proofIn(request).map((proof) => Buffer.from(proof, 'hex').toString('hex')) } }, settings),
  }),
  broken('it compares the beginning', changedProofCheck, /is believed/, {
    verify: (request, { secret }) => (proofIn(request).length === 1 && secret.trim() !== '' && hmac(secret, request.body).toString('hex').startsWith(proofIn(request)[0]?.slice(0, 40) || '-')) || { refused: 'unsigned' },
  }),
  broken('it checks the form of a proof alone', 'a webhook proven with another secret is refused', /another secret is believed/, { verify: (request) => /^[0-9a-f]{64}$/.test(proofIn(request).join()) || { refused: 'unsigned' } }),
  broken('it verifies under a blank secret', 'a blank secret believes nothing, not even what was proven with it', /is believed/, {
    verify: (request, { secret }) => (proofIn(request).length === 1 && proofIn(request)[0] === hmac(secret, request.body).toString('hex')) || { refused: 'wrong-secret' },
  }),
  broken('it verifies the first bytes alone', 'a body changed by one byte is refused', /is believed/, {
    verify: (request, { secret }) => (proofIn(request).length === 1 && proofIn(request)[0] === hmac(secret, request.body.subarray(0, 20)).toString('hex')) || { refused: 'wrong-secret' },
  }, { sign: (body, { secret }) => ({ 'x-sound': hmac(secret, body.subarray(0, 20)).toString('hex') }) }),
  broken('it reads the clock', 'verifying is pure: the same verdict twice, nothing changed, no clock, no chance', /the clock was read/, { verify: (request, settings) => (Date.now() > 0 ? sound.verify(request, settings) : { refused: 'unsigned' }) }),
  broken('it changes the request', 'verifying is pure: the same verdict twice, nothing changed, no clock, no chance', /read only|not extensible|object is not/i, {
    verify(request, settings) {
      request.headers['x-seen'] = ['1'];
      return sound.verify(request, settings);
    },
  }),
  broken('it throws when a header is missing', 'of 1,000 mutated requests none makes it throw, and none is believed whose proof or body was changed', /undefined/, {
    verify(request, settings) {
      const { 'x-sound': proof } = request.headers;
      return (proof as string[])[0]?.length === 64 ? sound.verify(request, settings) : { refused: 'unsigned' };
    },
  }),
];

const parseCheck = 'every piece of evidence is parsed into what it says';
const shapeCheck = 'every event is plain data of the contract’s shape, with phones as digits';
const idCheck = 'an event has the same id however late it is delivered, and no two events of a delivery share one';
const statusCheck = 'a status names the message that it is about, and a failure says why';
const kindsCheck = 'there is evidence of every kind of message, status and change, or a reason why there is none';
const nullCheck = 'whatever is missing in a delivery, what is left leaves a trace';
const each = (change: (event: Event, receivedAt: number) => Event): Changes => ({ parse: (request, settings) => sound.parse(request, settings).map((event) => change(event, request.receivedAt)) });

const parsing: Broken[] = [
  broken('it reads the first message of a batch alone', parseCheck, /1 came, 2 were expected/, { parse: (request, settings) => sound.parse(request, settings).slice(0, 1) }),
  broken('it leaves out unknown events', parseCheck, /0 came, 1 were expected/, { parse: (request, settings) => sound.parse(request, settings).filter((event) => event.kind !== 'ignored') }),
  broken('it writes a phone with a plus', shapeCheck, /not digits alone/, each((event) => (event.kind === 'message' ? { ...event, from: [{ kind: 'phone', value: '+34600111222' }] } : event))),
  broken('its time is a date', shapeCheck, /\/at must be/, each((event) => ({ ...event, at: new Date(event.at) as unknown as number }))),
  broken('its event has a member of its own', shapeCheck, /additional/, each((event) => ({ ...event, raw: true }))),
  broken('its account is written otherwise', 'an event belongs to an account in canonical form', /“ana ”|"ANA"/, each((event) => (event.account === undefined ? event : { ...event, account: event.account.toUpperCase() }))),
  broken('an event takes its time from the clock', 'parsing is pure: the same events twice, nothing changed, no clock, no chance', /the clock was read/, each((event) => ({ ...event, at: new Date().getTime() }))),
  broken('an event has a random id', 'parsing is pure: the same events twice, nothing changed, no clock, no chance', /chance was read/, each((event) => ({ ...event, id: String(Math.random()) }))),
  broken('an id holds the time of receipt', idCheck, /depend on when it was received/, each((event, receivedAt) => ({ ...event, id: `${event.id}:${receivedAt}` }))),
  broken('all events of a delivery have its id', idCheck, /two events have one id/, each((event) => ({ ...event, id: 'delivery-1' }))),
  broken('its evidence is all known', 'the evidence has something that the plugin does not know, and it is kept as unsupported or ignored', /add a delivery of an unknown kind/, {}, { evidence: channelEvidence.evidence.slice(0, 1) }),
  broken('it reads nothing out of what it does not know', 'a delivery that is nothing known becomes an event or a failed row, never silence', /leaves no trace/, {
    parse(request) {
      const said: unknown = JSON.parse(request.body.toString());
      return isRecord(said) && Array.isArray(said['events']) ? said['events'].map((event) => eventOf(event, request.receivedAt)) : [];
    },
  }),
  broken('a status is of no message', statusCheck, /settles none/, {}, { evidence: [...channelEvidence.evidence, { name: 'a status', source: 'made up for the kit', body: '{"kind":"status","id":"s","account":"ana","at":1790000000000,"status":"sent"}', expect: [{}] }] }),
  broken('a failure says nothing', statusCheck, /there is no error/, {}, { evidence: [...channelEvidence.evidence, { name: 'a failure', source: 'made up for the kit', body: '{"kind":"status","id":"s","account":"ana","at":1790000000000,"status":"failed","refs":["m1"]}', expect: [{}] }] }),
  broken('its evidence leaves kinds out', kindsCheck, /no evidence of: image\. Add/, {}, { lacks: {} }),
  broken('its evidence gives no reason', kindsCheck, /no evidence of: image\. Add/, {}, { lacks: { image: ' ', '*': 'None.' } }),
  broken('it says that there is none of what there is', kindsCheck, /there is evidence of: text, which/, {}, { lacks: { text: 'None.', '*': 'None.' } }),
  broken('it gives a reason for nothing', kindsCheck, /names "hologram", which is no kind/, {}, { lacks: { hologram: 'None.', '*': 'None.' } }),
  broken('it stumbles over what is missing', nullCheck, /without one of its parts makes it throw/, {
    parse(request, settings) {
      const { events } = JSON.parse(request.body.toString()) as { events: { id: string }[] };
      return events.every(({ id }) => id.length > 0) ? sound.parse(request, settings) : [];
    },
  }),
  broken('what is not whole is lost', nullCheck, /leaves no trace/, { parse: (request, settings) => (request.body.includes('null') ? [] : sound.parse(request, settings)) }),
  broken('it trusts the shape of a message', 'of 2,000 mutations of the evidence none makes it throw or leaves the contract’s shape', /makes it throw/, {
    parse(request, settings) {
      const { events } = JSON.parse(request.body.toString()) as { events: { id: string }[] };
      return events.every((event) => event.id.length > 0) ? sound.parse(request, settings) : [];
    },
  }),
  broken('it hands a strange id on', 'of 2,000 mutations of the evidence none makes it throw or leaves the contract’s shape', /\/id must/, {
    parse(request, settings) {
      const said: unknown = JSON.parse(request.body.toString());
      const ids = isRecord(said) && Array.isArray(said['events']) ? said['events'].map((event: unknown) => (isRecord(event) ? event['id'] : undefined)) : [];
      return sound.parse(request, settings).map((event, at) => ({ ...event, id: (ids[at] ?? event.id) as string }));
    },
  }),
];

const creatingCheck = 'sending is at most one call that creates, whatever the answer';
const yesCheck = 'an answer that says nothing we know is not taken for a yes';
const passedCheck = 'NotSent and Silence of the call are passed on';
const quietCheck = 'no credential stands in a result, an error or a log line, even when the provider repeats it';
const instead = (failed: SendResult): Changes => ({ send: async (out, prepared, ctx) => sound.send(out, prepared, ctx).catch(() => failed) });
const echoed = async (...[out, , ctx]: Parameters<typeof sound.send>) => ctx.fetch('https://api.sound.example.test/messages', { method: 'POST', headers: { authorization: `Bearer ${ctx.settings.token}` }, body: out.ref });

const sending: Broken[] = [
  broken('it cannot send one of its kinds', 'every kind that it sends is accepted when the provider says yes, with something that settles it later', /buttons: Error: not yet/, {
    async send(out, prepared, ctx) {
      if (out.content.kind === 'buttons') throw new Error('not yet');
      return sound.send(out, prepared, ctx);
    },
  }),
  broken('it keeps no ref', 'every kind that it sends is accepted when the provider says yes, with something that settles it later', /without a ref/, { send: async () => ({ accepted: { refs: [] } }) }),
  broken('its evidence has no yes', 'every kind that it sends is accepted when the provider says yes, with something that settles it later', /no answer that is accepted/, {}, { answers: [] }),
  broken('it tries again by itself', creatingCheck, /made 2 calls/, { send: async (out, prepared, ctx) => sound.send(out, prepared, ctx).catch(() => sound.send(out, prepared, ctx)) }),
  broken('it calls past the guard', 'nothing goes out but through ctx.fetch', /connection of its own/, {
    async send(out, prepared, ctx) {
      await fetch('http://127.0.0.1:1234/').catch(() => undefined);
      return sound.send(out, prepared, ctx);
    },
  }),
  broken('a refused token is a retry', 'each answer of the provider is told as what it is', /“a bad token”/, {
    async send(out, prepared, ctx) {
      const result = await sound.send(out, prepared, ctx);
      return 'rejected' in result ? { retry: { code: 'x', said: 'x', scope: 'number' } } : result;
    },
  }),
  broken('silence is a rejection', 'each answer of the provider is told as what it is', /“a fallen provider” should be a Silence/, instead({ rejected: { code: 'x', said: 'x', scope: 'message' } })),
  broken('any 200 is a yes', yesCheck, /is taken for a yes/, { send: async (...given) => ((await echoed(...given)).status === 200 ? { accepted: { refs: ['x'] } } : sound.send(...given)) }),
  broken('a page of a fallen provider is a retry', yesCheck, /nobody knows whether the provider acted/, instead({ retry: { code: 'x', said: 'x', scope: 'number' } })),
  broken('a strange answer is an error of our own', yesCheck, /throws SyntaxError/, {
    async send(...given) {
      const said = JSON.parse((await echoed(...given)).text()) as { id?: string };
      return said.id === undefined ? { rejected: { code: 'x', said: 'x', scope: 'message' } } : { accepted: { refs: [said.id] } };
    },
  }),
  broken('silence is swallowed', passedCheck, /becomes/, instead({ retry: { code: 'x', said: 'x', scope: 'number' } })),
  broken('silence is wrapped', passedCheck, /becomes/, {
    async send(...given) {
      try {
        return await sound.send(...given);
      } catch (cause) {
        throw new Error('It did not work.', { cause });
      }
    },
  }),
  broken('it repeats what the provider said', quietCheck, /result contains a credential/, {
    async send(...given) {
      const answer = await echoed(...given);
      return answer.status === 400 ? { rejected: { code: 'x', said: answer.text(), scope: 'message' } } : sound.send(...given);
    },
  }),
  broken('it logs its headers', quietCheck, /log line contains a credential/, {
    async send(out, prepared, ctx) {
      ctx.log.info({ authorization: ctx.settings.token }, 'sending');
      return sound.send(out, prepared, ctx);
    },
  }),
  broken('its error holds the token', quietCheck, /error contains a credential/, {
    async send(out, prepared, ctx) {
      return sound.send(out, prepared, ctx).catch((error: Error) => {
        throw new Error('It did not work.', { cause: new Error(`${error.message} ${ctx.settings.token}`) });
      });
    },
  }),
  broken('it gives the token to somebody it does not name', 'credentials travel only to the origins that it names', /origins\(\) does not name/, { origins: () => [] }),
];

const simulateCheck = 'what a simulated phone does is believed and says what was done, the same event when it arrives again';

const simulating: Broken[] = [
  broken('what it simulates is not proven', simulateCheck, /simulated is refused/, { simulate: (act) => ({ headers: { 'x-sound': 'x' }, body: Buffer.from(JSON.stringify({ events: [act] })) }) }),
  broken('what it simulates says something else', simulateCheck, /the act act-1/, {
    simulate: (act, settings) => sound.simulate?.(act.kind === 'message' ? { ...act, content: { kind: 'text', text: 'fixed' } } : act, settings) ?? { headers: {}, body: Buffer.alloc(0) },
  }),
];

export const brokenChannels: Broken[] = [...guides, ...shapes, ...verifying, ...parsing, ...sending, ...simulating];
