/** Why a start failed, in one sentence with the remedy: whoever reads it is at a console, and knows no stack of ours. */
import { join } from 'node:path';
import { damaged } from './db/damage.ts';
import { SwitchboardError } from './errors.ts';

/** What of the configuration the sentences speak of. */
interface Place {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl?: string;
  secretKey?: string;
}

/** Never holds a secret: of the database's address only the host is named. */
export function startSentence(error: unknown, config: Place | undefined): { code: string; sentence: string } {
  const chain = causesOf(error);
  const damage = chain.find(({ code }) => code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB');
  if (damage && config) {
    const { code, message } = damaged(join(config.dataDir, 'switchboard.db'), join(config.dataDir, 'backups'), damage.message.split('\n')[0] ?? '');
    return { code, sentence: message };
  }
  for (const one of chain) {
    const sentence = config && sentenceOf(one, config);
    if (sentence !== undefined) return { code: one.code, sentence };
  }
  if (error instanceof SwitchboardError) return { code: error.code, sentence: error.message };
  const said = chain[0]?.message.split('\n')[0]?.trim().replace(/\.$/, '') || 'an error without words';
  return { code: 'INTERNAL', sentence: `Switchboard cannot go on: ${withoutSecrets(said, config)}. Correct that and try again.` };
}

/** What a failed start must never show, wherever its text comes from. */
function withoutSecrets(text: string, config: Place | undefined): string {
  const url = config?.databaseUrl;
  const password = url === undefined ? '' : (URL.parse(url)?.password ?? '');
  const secrets = [url, password, decoded(password), ...(config?.secretKey?.split(',') ?? [])].filter((secret) => secret !== undefined && secret.trim() !== '');
  return secrets.reduce((shown: string, secret) => shown.replaceAll(String(secret), '••••••••'), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Cause {
  code: string;
  syscall: string;
  message: string;
}

/** The error and what it was made of, outermost first. */
function causesOf(error: unknown): Cause[] {
  const found: Cause[] = [];
  for (let at = error; typeof at === 'object' && at !== null && found.length < 8; at = 'cause' in at ? at.cause : undefined) {
    found.push({ code: wordIn(at, 'code'), syscall: wordIn(at, 'syscall'), message: wordIn(at, 'message') });
  }
  return found;
}

function wordIn(object: object, name: string): string {
  return String(Reflect.get(object, name) ?? '');
}

function sentenceOf({ code, syscall, message }: Cause, { host, port, dataDir, databaseUrl }: Place): string | undefined {
  if (syscall === 'listen' || syscall === 'bind') {
    switch (code) {
      case 'EADDRINUSE': return `Port ${port} on ${host} is taken by another program. Stop that one, or set PORT to a free port.`;
      case 'EACCES': return `This user may not listen on port ${port}. Set PORT to one above 1023, or give the process that right.`;
      case 'EADDRNOTAVAIL': return `This machine has no address ${host}. Set HOST to one that it has, for example 127.0.0.1 or 0.0.0.0.`;
      default: return undefined;
    }
  }
  if (syscall === 'getaddrinfo' && databaseUrl === undefined) return `The name ${host} leads nowhere. Set HOST to an address of this machine, for example 127.0.0.1 or 0.0.0.0.`;
  if (databaseUrl !== undefined) {
    const said = postgresSentence(code, databaseUrl);
    if (said !== undefined) return said;
  }
  switch (code) {
    case 'EACCES': case 'EPERM': case 'SQLITE_CANTOPEN': case 'SQLITE_READONLY': case 'SQLITE_READONLY_DIRECTORY':
      return `This user may not write in the data folder ${dataDir}. Give the folder to the user that Switchboard runs as, or set DATA_DIR to another one.`;
    case 'EROFS': return `The data folder ${dataDir} is on a read-only disk. Mount it writable, or set DATA_DIR to another folder.`;
    case 'ENOSPC': case 'EDQUOT': case 'SQLITE_FULL': return `There is no room left for the data folder ${dataDir}. Make room, or set DATA_DIR to a folder on another disk.`;
    case 'EEXIST': case 'ENOTDIR': return `The data folder ${dataDir} is not a folder: a file stands there or above it. Move that file, or set DATA_DIR to another folder.`;
    // An npm package; a file of ours that is missing is named by its path. A plugin's own is said where plugins load.
    case 'ERR_MODULE_NOT_FOUND': return missingPackage(message);
    case 'EISDIR': case 'SQLITE_CANTOPEN_ISDIR': return `A folder stands in the data folder ${dataDir} where Switchboard keeps a file. Move it away, or set DATA_DIR to another folder.`;
    default: return undefined;
  }
}

/** The packages are those of another version: whoever fetched a newer one has not installed what it needs. */
function missingPackage(message: string): string | undefined {
  const name = /^Cannot find package '([^']+)'/.exec(message)?.[1];
  return name === undefined ? undefined : `The package ${name} is not installed. Run npm ci, then start again.`;
}

function postgresSentence(code: string, databaseUrl: string): string | undefined {
  const where = `PostgreSQL at ${URL.parse(databaseUrl)?.host || 'the address in DATABASE_URL'}`;
  switch (code) {
    case '28P01': case '28000': return `${where} refused the user or the password. Correct them in DATABASE_URL, or let that user in (pg_hba.conf).`;
    case '3D000': return `${where} has no such database. Create it, or correct the name in DATABASE_URL.`;
    case '42501': return `${where} does not let this user create tables. Make it the owner of the database.`;
    case '53300': return `${where} takes no more connections. Raise max_connections, or end some of its clients.`;
    case 'ERR_INVALID_URL': return 'DATABASE_URL is no address. Write it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded.';
    case 'ECONNREFUSED': case 'ENOTFOUND': case 'EAI_AGAIN': case 'ETIMEDOUT': case 'EHOSTUNREACH': case 'ENETUNREACH': case 'ECONNRESET': case '57P03':
      return `${where} cannot be reached. Start it, or correct the host and the port in DATABASE_URL.`;
    default: return undefined;
  }
}
