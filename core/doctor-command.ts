/** `switchboard doctor`: the same lines as the pages show, for whoever sits at the machine. Works beside the running product. */
import { join } from 'node:path';
import { formats } from './admin/format.ts';
import { loadTexts } from './admin/texts.ts';
import { sayLine, type SaidLine } from './admin/wording.ts';
import { composeRuntime } from './compose-runtime.ts';
import type { RunState } from './db/entities/index.ts';
import type { Database } from './db/open.ts';
import { SwitchboardError } from './errors.ts';
import { folderStore } from './media/folder.ts';
import { mediaParts } from './media/stored.ts';
import { usualOptions } from './pipeline/options.ts';
import type { Locale } from './plugin/contract/plugin.ts';
import { loadPlugins } from './plugin/load.ts';
import { createOutbound } from './plugin/outbound.ts';
import { createSealer, readKeys } from './plugin/secrets.ts';
import { baseUrl } from './workspace/address.ts';
import { directoryParts } from './workspace/directory-parts.ts';
import { createWorkspace } from './workspace/index.ts';

/** What it needs of the configuration. */
interface Configured {
  dataDir: string;
  secretKey?: string;
  databaseUrl?: string;
  plugins: readonly string[];
  pluginsDir: string;
  allowedOrigins: readonly string[];
  host: string;
  port: number;
  publicUrl?: string;
}

export interface Examined {
  tenant: string;
  connection: { id: string; name: string; channel: string; state: RunState; reason?: string };
  lines: SaidLine[];
}

const root = join(import.meta.dirname, '..');
/** Its answer is what it prints; a plugin that cannot be loaded is seen in the lines of its connections. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** @throws SwitchboardError NOT_FOUND there is no such organisation or connection; the sentence names those that are there */
export async function examineAll(db: Database, config: Configured, asked: { tenant: string | undefined; connection: string | undefined; locale: Locale }): Promise<Examined[]> {
  const { dataDir, secretKey, databaseUrl } = config;
  const sealer = createSealer(readKeys({ dataDir, log: quiet, ...(secretKey !== undefined && { secretKey }), ...(databaseUrl !== undefined && { databaseUrl }) }));
  const plugins = await loadPlugins(config.plugins, { root, pluginsDir: config.pluginsDir, log: quiet });
  const outbound = createOutbound({ allowedOrigins: config.allowedOrigins });
  const server = { port: config.port, host: config.host, ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }) };
  const clock = { now: Date.now };
  const media = mediaParts(folderStore(join(dataDir, 'media')), sealer, () => baseUrl(server), clock, quiet);
  const shared = { sealer, outbound, media, server: () => server };
  try {
    // Its worker is never started: what is due is the running product's.
    const { runtime } = await composeRuntime({ db, plugins, media, sealer, clock, log: quiet, options: usualOptions, lanes: 1, directory: directoryParts({ ...shared, plugins, db, log: quiet }) });
    const workspace = createWorkspace({ ...shared, runtime: () => runtime });
    const chosen = await chosenConnections(db, asked);
    const texts = loadTexts(root, true);
    const examined: Examined[] = [];
    for (const { id, tenantId, slug, timeZone } of chosen) {
      const lines = await workspace.connections.check(tenantId, { id });
      const row = await workspace.connections.get(tenantId, id);
      const { moment, count } = formats(asked.locale, timeZone, clock.now());
      const ear = { t: texts.of(asked.locale, count), locale: asked.locale, moment };
      examined.push({
        tenant: slug,
        connection: { id, name: row.name, channel: row.channel, state: row.state, ...(row.reason !== undefined && { reason: row.reason }) },
        lines: lines.map((line) => sayLine(plugins, row.plugin, line, ear)),
      });
    }
    return examined;
  } finally {
    await outbound.close();
    media.inspector.close();
  }
}

interface Chosen {
  id: string;
  tenantId: string;
  slug: string;
  timeZone: string;
}

async function chosenConnections(db: Database, { tenant, connection }: { tenant: string | undefined; connection: string | undefined }): Promise<Chosen[]> {
  const all = await db.read((sql) =>
    sql.all<Chosen & { name: string; key: string | null }>('select c.id, c.tenant_id as "tenantId", c.name, c.key, t.slug, t.time_zone as "timeZone" from connection c join tenant t on t.id = c.tenant_id where c.deleted_at is null order by t.slug, c.name, c.id'),
  );
  const slugs = [...new Set(all.map(({ slug }) => slug))];
  if (tenant !== undefined && !slugs.includes(tenant)) throw new SwitchboardError('NOT_FOUND', `No organisation "${tenant}" has a connection; those that have one are: ${slugs.join(', ') || 'none'}.`);
  const own = all.filter(({ slug }) => tenant === undefined || slug === tenant);
  const found = own.filter(({ id, name, key }) => connection === undefined || [id, name, key].includes(connection));
  if (found.length === 0 && connection !== undefined) throw new SwitchboardError('NOT_FOUND', `There is no connection "${connection}"; there are: ${own.map(({ name }) => name).join(', ') || 'none'}.`);
  return found;
}

const signs = { broken: '✗', doubtful: '?', ok: '✓', 'not-yet': '…' } as const;
const order = { broken: 0, doubtful: 1, ok: 2, 'not-yet': 3 } as const;

/** For people: what is broken first, what to do about it beneath. */
export function report(examined: readonly Examined[]): string {
  if (examined.length === 0) return 'There is no connection yet.\n';
  return examined
    .map(({ tenant, connection: { name, channel, state, reason }, lines }) =>
      [`${tenant} · ${name} (${channel}) ${state.toUpperCase()}${reason === undefined ? '' : `: ${reason}`}`, ...lines.toSorted((one, other) => order[one.state] - order[other.state]).flatMap(printed), ''].join('\n'),
    )
    .join('\n');
}

function printed({ what, state, said, mend, answered }: SaidLine): string[] {
  return [`  ${signs[state]} ${what}: ${said}`, ...(answered === undefined ? [] : [`      “${answered}”`]), ...(mend === undefined || state === 'ok' ? [] : [`      → ${mend}`])];
}
