/** What every plugin promises, whatever its kind. */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Agent, Channel, Notifier } from '#plugin';
import { holds, inTime, type Check } from './check.ts';
import { world, type Saying } from './context.ts';
import { checkLine, faultIn } from './shapes.ts';

export type AnyPluginOf<S extends TSchema> = Channel<S> | Agent<S> | Notifier<S>;

const secretive = /token|secret|password|passphrase|api.?key|private.?key|credential/i;
const locales = ['en', 'es', 'id'] as const;

/** Outcomes of a call that a plugin cannot choose. Each body repeats the credential, as some providers' errors do. */
export function badAnswers(secret: string): { name: string; says: Exclude<Saying, Error> }[] {
  const json = JSON.stringify({ error: { message: `Refused: ${secret}`, code: 999_999 }, message: `Refused: ${secret}`, code: 999_999 });
  const html = `<html><body>Refused: ${secret}</body></html>`;
  const type = { json: { 'content-type': 'application/json' }, html: { 'content-type': 'text/html' } };
  return [
    { name: '200 without a body', says: { status: 200 } },
    { name: '200 with a page', says: { status: 200, headers: type.html, body: html } },
    { name: '200 with null', says: { status: 200, headers: type.json, body: 'null' } },
    { name: '200 with an empty object', says: { status: 200, headers: type.json, body: '{}' } },
    { name: '200 with half an object', says: { status: 200, headers: type.json, body: '{"messages":[{"id":"wam' } },
    { name: '204', says: { status: 204 } },
    { name: '302', says: { status: 302, headers: { location: 'https://elsewhere.example.test/' } } },
    { name: '400 with JSON', says: { status: 400, headers: type.json, body: json } },
    { name: '401 with JSON', says: { status: 401, headers: type.json, body: json } },
    { name: '403 with a page', says: { status: 403, headers: type.html, body: html } },
    { name: '404 with a page', says: { status: 404, headers: type.html, body: html } },
    { name: '429 without a body', says: { status: 429 } },
    { name: '500 with a page', says: { status: 500, headers: type.html, body: html } },
    { name: '502 without a body', says: { status: 502 } },
    { name: '503 with JSON', says: { status: 503, headers: type.json, body: json } },
  ];
}

export function pluginChecks<S extends TSchema>(plugin: AnyPluginOf<S>, kind: AnyPluginOf<S>['kind'], settings: Static<S>): Check[] {
  const secrets = secretsIn(plugin.settings, settings);
  return [
    {
      name: `its kind is ${kind}, its contract 1, and it has a name and a title`,
      run() {
        holds(plugin.kind === kind, `its kind is ${JSON.stringify(plugin.kind)}`);
        holds(plugin.contract === 1, `it was written for contract ${JSON.stringify(plugin.contract)}`);
        holds(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin.name), `its name ${JSON.stringify(plugin.name)} is not lower-case words with dashes`);
        holds(typeof plugin.title === 'string' && plugin.title.trim() !== '', 'it has no title');
      },
    },
    {
      name: 'its settings are one object schema, plain JSON, with a title for each member',
      run() {
        const members = membersOf(plugin.settings);
        holds(members, 'the settings are not an object schema (Type.Object)');
        const functions = functionsIn(plugin.settings);
        holds(functions.length === 0, `a schema is data, but there is a function at ${functions.join(', ')}`);
        for (const [name, schema] of Object.entries(members)) {
          holds('title' in schema || plugin.texts?.en[`${name}.title`] !== undefined, `${name} has no title, neither in the schema nor as ${name}.title in texts`);
        }
      },
    },
    {
      name: 'what looks like a secret is marked writeOnly and has no default',
      run() {
        for (const { path, schema } of leavesOf(plugin.settings)) {
          const name = path.at(-1) ?? '';
          const marked = 'writeOnly' in schema && schema.writeOnly === true;
          holds(marked || !secretive.test(name) || !('type' in schema) || schema.type !== 'string', `${path.join('.')} looks like a secret and is not writeOnly`);
          holds(!marked || !('default' in schema || 'examples' in schema || 'const' in schema), `the secret ${path.join('.')} has a value in the schema: no secret has a default`);
        }
      },
    },
    {
      name: 'its defaults and the settings of its evidence fit its schema',
      run() {
        for (const { path, schema } of leavesOf(plugin.settings)) {
          if ('default' in schema) holds(Value.Check(schema, schema.default), `the default of ${path.join('.')} does not fit its own schema`);
        }
        const faults = Value.Errors(plugin.settings, Value.Default(plugin.settings, structuredClone(settings)));
        holds(faults.length === 0, `the settings of the evidence do not fit: ${faults.map((fault) => `${fault.instancePath} ${fault.message}`).join('; ')}`);
      },
    },
    {
      name: 'its texts are complete in English, Spanish and Indonesian',
      ...(plugin.texts === undefined && { skip: 'it has no texts; what it says is plain English' }),
      run() {
        const { texts } = plugin;
        holds(texts, 'it has no texts');
        for (const locale of locales) {
          for (const [key, english] of Object.entries(texts.en)) {
            const said = texts[locale]?.[key];
            holds(typeof said === 'string' && said.trim() !== '', `${locale} does not word ${key}`);
            holds(placesIn(said) === placesIn(english), `${locale} has other {{places}} than English in ${key}`);
          }
          for (const key of Object.keys(texts[locale])) holds(texts.en[key] !== undefined, `${locale} words ${key}, which English does not`);
        }
      },
    },
    {
      name: 'the origins that may be given credentials are origins',
      ...(!plugin.origins && { skip: 'it gives credentials to nobody' }),
      run() {
        for (const origin of plugin.origins?.(settings) ?? []) {
          holds(URL.canParse(origin) && new URL(origin).origin === origin, `${JSON.stringify(origin)} is not an origin like https://api.example.com`);
        }
      },
    },
    {
      name: 'its doctor answers in lines, whatever the provider does, and says how to mend what is broken',
      ...(!plugin.check && { skip: 'it has no doctor' }),
      async run() {
        for (const { name, says } of badAnswers(secrets[0] ?? '')) {
          const { ctx, inside } = world(settings, says);
          const lines = await inTime('check', inside(async () => (await plugin.check?.(ctx)) ?? []));
          for (const line of lines) {
            const fault = faultIn(checkLine, line);
            holds(fault === undefined, `after ${name}: ${fault}`);
            holds(line.state !== 'broken' || line.mend !== undefined, `after ${name}: the line “${line.what}” is broken and does not say how to mend it`);
            for (const words of [line.said, ...(line.mend === undefined ? [] : [line.mend])]) filled(plugin, words, line.params ?? {}, `after ${name}: the line “${line.what}”`);
            holds(line.field === undefined || membersOf(plugin.settings)?.[line.field], `after ${name}: the line “${line.what}” names the field ${line.field}, which does not exist`);
            holds(!secrets.some((secret) => JSON.stringify(line).includes(secret)), `after ${name}: the line “${line.what}” contains a credential`);
          }
        }
      },
    },
  ];
}

/** The values of the settings' secrets that are long enough to be recognised anywhere. */
export function secretsIn(schema: TSchema, settings: unknown): string[] {
  return leavesOf(schema).flatMap(({ path, schema: leaf }) => {
    let value: unknown = settings;
    for (const key of path) value = isRecord(value) ? value[key] : undefined;
    return 'writeOnly' in leaf && leaf.writeOnly === true && typeof value === 'string' && value.length >= 8 ? [value] : [];
  });
}

/** The same settings with every secret changed by `change`. */
export function withSecrets<T>(schema: TSchema, settings: T, change: (secret: string) => string): T {
  const changed = structuredClone(settings);
  for (const { path, schema: leaf } of leavesOf(schema)) {
    if (!('writeOnly' in leaf) || leaf.writeOnly !== true) continue;
    let holder: unknown = changed;
    for (const key of path.slice(0, -1)) holder = isRecord(holder) ? holder[key] : undefined;
    const key = path.at(-1) ?? '';
    if (isRecord(holder) && typeof holder[key] === 'string') holder[key] = change(holder[key]);
  }
  return changed;
}

/** Fails when the words are a key that the texts lack: what has no space is meant as one. */
export function worded(plugin: { texts?: Record<string, Record<string, string>> }, words: string, about: string): void {
  const meantAsKey = /^\S+$/.test(words);
  holds(!meantAsKey || plugin.texts?.['en']?.[words] !== undefined, `${about}: ${words} is not among the texts`);
}

/** Fails when a line's words are a key that the texts lack, or want something put in that the line does not bring. */
export function filled(plugin: { texts?: Record<string, Record<string, string>> }, words: string, params: Record<string, string>, about: string): void {
  worded(plugin, words, about);
  const places = [...(plugin.texts?.['en']?.[words] ?? '').matchAll(/\{\{\s*([\w.-]+)\s*\}\}/g)].map(([, place = '']) => place);
  for (const place of places) holds(params[place] !== undefined, `${about}: ${words} wants {{${place}}}, which is not there`);
}

function membersOf(schema: TSchema): Record<string, TSchema> | undefined {
  if (!('type' in schema) || schema.type !== 'object' || !('properties' in schema)) return undefined;
  return schema.properties as Record<string, TSchema>;
}

/** Every member of the settings that is not itself an object of named members. */
function leavesOf(schema: TSchema, path: string[] = []): { path: string[]; schema: TSchema }[] {
  const members = membersOf(schema);
  if (!members) return path.length > 0 ? [{ path, schema }] : [];
  return Object.entries(members).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

function functionsIn(value: unknown, path = 'settings'): string[] {
  if (typeof value === 'function') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => functionsIn(member, `${path}.${key}`));
}

function placesIn(words: string): string {
  return [...words.matchAll(/\{\{\s*[\w.-]+\s*\}\}/g)].map(([place]) => place.replace(/\s/g, '')).sort().join();
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

