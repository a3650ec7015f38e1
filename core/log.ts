/**
 * The log: JSON lines, one event a line, for machines; readable lines while developing. What may not be written is taken out
 * here, whoever logs it: credentials by the name of their key and by their look, settings whole, the texts of messages at info
 * and above, and every control character, so that nobody can forge a line.
 */
import { createRequire } from 'node:module';
import { pino, type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger } from 'pino';

export interface LogOptions {
  level: string;
  /** For people; needs pino-pretty, which is a development package. Without it lines stay JSON. */
  pretty?: boolean;
  destination?: DestinationStream;
}

export type { Logger } from 'pino';

const infoNumber = 30;

export function createLog({ level, pretty = false, destination }: LogOptions): Logger {
  const target = destination ?? pino.destination({ dest: 1, sync: true });
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are made safe below, before any serializer sees them.
      serializers: { err: (value: unknown) => value },
      hooks: {
        logMethod(args, method, number) {
          const [what, ...rest] = safeArguments(args, number < infoNumber);
          method.call(this, what, ...rest);
        },
      },
    },
    pretty ? (prettyStream(target) ?? target) : target,
  );
  // Children are made from their parent, so this holds for theirs too.
  const child: (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger = log.child;
  return Object.assign(log, {
    child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions) {
      return child.call(this, safeObject(bindings, false, 0), options);
    },
  });
}

/** What `createLog` would write of this text: credentials by their look and control characters taken out. */
export function safeText(text: string): string {
  let safe = text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text;
  for (const [look, instead] of looksLikeCredential) safe = safe.replace(look, instead);
  return safe.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What `createLog` would write of these members, texts of messages left out. */
export function safeMembers(what: object): Record<string, unknown> {
  return safeObject(what, false, 0);
}

// ── what may not be written ──────────────────────────────────────────────────────────────────────────────────────────

const censored = '[redacted]';
const longestText = 4_000;
const deepest = 6;
const mostMembers = 50;

/** Keys whose value is never written, whatever it is; compared without case and dashes. */
const secretKey = /(token|secret|secrets|password|passphrase|passcode|authorization|cookie|cookies|credential|credentials|apikey|accesskey|privatekey|webhookkey|secretkey|signature|xhubsignature256|xsimulatorsignature|csrf|settings)$/;
/** Keys that hold what people wrote to each other. */
const messageKey = new Set(['text', 'texts', 'caption', 'body', 'content', 'contents', 'raw', 'payload']);

const looksLikeCredential: [RegExp, string][] = [
  [/\b(Bearer|Basic) +[\w.~+/=-]{6,}/gi, `$1 ${censored}`],
  [/\b((?:access_|verify_|refresh_|id_)?token|hub\.verify_token|(?:app_)?secret|password|api_?key)=[^&\s"'<>]+/gi, `$1=${censored}`],
  [/([?&](?:key|sig|signature|code|pass)=)[^&\s"'<>]+/gi, `$1${censored}`],
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/:@]{0,200}:[^\s/@]{1,200}@/gi, `$1${censored}@`],
  [/\bEAA[A-Za-z0-9]{16,}/g, censored],
  [/(\/webhooks\/)[\w-]+/g, `$1${censored}`],
];
// C0, C1, line separators and the marks that turn text around: what a terminal or an editor would obey instead of show.
// oxlint-disable-next-line no-control-regex -- control characters are what must go
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function safeArguments(args: unknown[], texts: boolean): [object | string, ...string[]] {
  const [first, ...rest] = args;
  const words = rest.map((word) => (typeof word === 'string' ? safeText(word) : word instanceof Error ? safeText(word.message) : safeText(JSON.stringify(safeValue(word, texts, 0) ?? null))));
  if (typeof first === 'string') return [safeText(first), ...words];
  if (first instanceof Error) return [{ err: safeError(first, 0) }, ...(words.length > 0 ? words : [safeText(withoutQuery(first.message))])];
  return [typeof first === 'object' && first !== null ? safeObject(first, texts, 0) : {}, ...words];
}

function safeObject(object: object, texts: boolean, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object).slice(0, mostMembers)) safe[safeText(key)] = safeMember(key, value, texts, depth);
  return safe;
}

function safeMember(key: string, value: unknown, texts: boolean, depth: number): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (secretKey.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))) return censored;
  if (!texts && messageKey.has(key.toLowerCase())) return censored;
  if (depth === 0 && key === 'req') return safeRequest(value);
  if (depth === 0 && key === 'res') return { statusCode: readMember(value, 'statusCode') };
  return safeValue(value, texts, depth);
}

function safeValue(value: unknown, texts: boolean, depth: number): unknown {
  if (typeof value === 'string') return safeText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  if (value instanceof Error) return safeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (depth >= deepest) return '…';
  if (Array.isArray(value)) return value.slice(0, mostMembers).map((item) => safeValue(item, texts, depth + 1));
  if (value instanceof Map || value instanceof Set) return `${value.size} entries`;
  return safeObject(value, texts, depth + 1);
}

/** An error's own members are left out: drivers hang queries, parameters and answers on them. */
function safeError(error: Error, depth: number): Record<string, unknown> {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 12);
  const message = safeText(withoutQuery(error.message));
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {};
  const cause = error.cause instanceof Error && depth < 3 ? { cause: safeError(error.cause, depth + 1) } : {};
  return { type: error.name, message, ...code, stack: [`${error.name}: ${message}`, ...frames.map(safeText)].join('\n'), ...cause };
}

/** A database error begins with the whole query, values and all; what happened stands after the last dash. */
function withoutQuery(message: string): string {
  return /^\s*(insert|update|select|delete|with|create|alter|begin|commit)\b/i.test(message) && message.includes(' - ') ? message.slice(message.lastIndexOf(' - ') + 3) : message;
}

/** Of a request only what is needed to find it again: no headers, no query (verify tokens and links travel there). */
function safeRequest(request: unknown): Record<string, unknown> {
  const url = readMember(request, 'url');
  return {
    id: readMember(request, 'id'),
    method: readMember(request, 'method'),
    url: typeof url === 'string' ? safeText(url.split('?')[0] ?? '') : undefined,
    ip: readMember(request, 'ip'),
  };
}

function readMember(value: unknown, name: string): unknown {
  const member: unknown = typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
  return typeof member === 'string' ? safeText(member) : typeof member === 'number' ? member : undefined;
}

function prettyStream(destination: DestinationStream): DestinationStream | undefined {
  try {
    const pretty: unknown = createRequire(import.meta.url)('pino-pretty');
    return typeof pretty === 'function' ? pretty({ destination, colorize: process.stdout.isTTY, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', sync: true }) : undefined;
  } catch {
    return undefined;
  }
}
