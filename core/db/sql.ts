/**
 * One SQL text for SQLite and PostgreSQL, for the path of a message. Pages use entities.
 *
 * Texts are written with `?`; statements are prepared once. Rows come back raw: times are numbers, JSON is text, booleans
 * are 0/1 on SQLite and booleans on PostgreSQL (compare with Boolean()).
 */
import type BetterSqlite from 'better-sqlite3';
import type { PoolClient } from 'pg';

export type Value = string | number | boolean | null | Buffer;

export interface Sql {
  all<Row>(text: string, values?: readonly (Value | List)[]): Promise<Row[]>;
  /** Returns how many rows it changed. */
  run(text: string, values?: readonly (Value | List)[]): Promise<number>;
  /**
   * Rows in the order of `columns`. `computed` are further columns, each an expression for all rows; `conflict` is an `on conflict …` clause;
   * with `returning` the rows really written come back.
   */
  insert<Row>(table: string, columns: readonly string[], rows: readonly (readonly Value[])[], more?: InsertMore): Promise<Row[]>;
  /** Each row holds the values of `keys`, then those of `set`. */
  update(table: string, keys: readonly string[], set: readonly string[], rows: readonly (readonly Value[])[]): Promise<void>;
  /** `column in (these)`; give the list itself as the value. */
  in(column: string, type?: 'uuid' | 'text'): string;
  /** Appended to a select whose rows this transaction is about to change. */
  forUpdate: string;
  forUpdateSkipLocked: string;
  /** Until this transaction ends: any number may hold a name together, or one alone. SQLite has one writer at a time anyway. To be asked for before any row is locked. */
  hold(names: readonly string[], how: 'together' | 'alone'): Promise<void>;
  /** The database's own clock in milliseconds, as an expression: leases must not depend on whose clock is right. */
  now: string;
}

interface InsertMore {
  computed?: Record<string, string>;
  conflict?: string;
  returning?: string;
}

/** Values of an `in` clause. */
export class List {
  readonly values: readonly string[];
  constructor(values: readonly string[]) {
    this.values = values;
  }
}

/** SQLite answers at once; the promises are there so that one code serves both databases. */
export function sqliteSql(database: BetterSqlite.Database): Sql {
  const statements = new Map<string, BetterSqlite.Statement>();
  const prepare = (text: string) => {
    let statement = statements.get(text);
    if (!statement) {
      if (statements.size > 500) statements.clear();
      statements.set(text, (statement = database.prepare(text)));
    }
    return statement;
  };
  const bind = (values: readonly (Value | List)[]) =>
    values.map((value) => (typeof value === 'boolean' ? Number(value) : value instanceof List ? JSON.stringify(value.values) : value));
  return {
    async all<Row>(text: string, values: readonly (Value | List)[] = []) {
      return prepare(text).all(...bind(values)) as Row[];
    },
    async run(text, values = []) {
      return prepare(text).run(...bind(values)).changes;
    },
    async insert<Row>(table: string, columns: readonly string[], rows: readonly (readonly Value[])[], more: InsertMore = {}) {
      const text = insertText(table, columns, `values (${[...columns.map(() => '?'), ...Object.values(more.computed ?? {})].join(', ')})`, more);
      const statement = prepare(text);
      const written: Row[] = [];
      for (const row of rows) {
        if (!more.returning) statement.run(...bind(row));
        else written.push(...(statement.all(...bind(row)) as Row[]));
      }
      return written;
    },
    async update(table, keys, set, rows) {
      const statement = prepare(`update ${table} set ${set.map((c) => `${c} = ?`).join(', ')} where ${keys.map((c) => `${c} = ?`).join(' and ')}`);
      for (const row of rows) statement.run(...bind([...row.slice(keys.length), ...row.slice(0, keys.length)]));
    },
    in: (column) => `${column} in (select value from json_each(?))`,
    forUpdate: '',
    forUpdateSkipLocked: '',
    hold: async () => {},
    now: `cast(unixepoch('subsec') * 1000 as integer)`,
  };
}

/** The PostgreSQL type of each column, by table. */
export type Types = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Whole columns travel as arrays, so `types` is asked at the first insert or update. */
export function postgresSql(client: PoolClient, types: () => Promise<Types>): Sql {
  const arraysOf = async (table: string, columns: readonly string[]) => {
    const known = (await types()).get(table);
    const arrays = columns.map((column) => {
      const type = known?.get(column);
      if (!type) throw new Error(`no type is known for ${table}.${column}`);
      return `?::${type}[]`;
    });
    return arrays.join(', ');
  };
  const query = (text: string, values: readonly (Value | List | (Value | undefined)[])[]) =>
    client.query({ name: nameOf(text), text: numbered(text), values: values.map((v) => (v instanceof List ? v.values : v)) });
  const columnsOf = (count: number, rows: readonly (readonly Value[])[]) => Array.from({ length: count }, (_, n) => rows.map((row) => row[n]));
  return {
    async all<Row>(text: string, values: readonly (Value | List)[] = []) {
      return (await query(text, values)).rows as Row[];
    },
    async run(text, values = []) {
      return (await query(text, values)).rowCount ?? 0;
    },
    async insert<Row>(table: string, columns: readonly string[], rows: readonly (readonly Value[])[], more: InsertMore = {}) {
      if (rows.length === 0) return [];
      const text = insertText(table, columns, `select ${['*', ...Object.values(more.computed ?? {})].join(', ')} from unnest(${await arraysOf(table, columns)})`, more);
      return (await query(text, columnsOf(columns.length, rows))).rows as Row[];
    },
    async update(table, keys, set, rows) {
      if (rows.length === 0) return;
      const columns = [...keys, ...set];
      const text =
        `update ${table} set ${set.map((c) => `${c} = new.${c}`).join(', ')} from unnest(${await arraysOf(table, columns)}) ` +
        `as new(${columns.join(', ')}) where ${keys.map((c) => `${table}.${c} = new.${c}`).join(' and ')}`;
      await query(text, columnsOf(columns.length, rows));
    },
    in: (column, type = 'uuid') => `${column} = any(?::${type}[])`,
    forUpdate: ' for update',
    forUpdateSkipLocked: ' for update skip locked',
    async hold(names, how) {
      if (names.length === 0) return;
      // In one order, whoever asks.
      await query(`select pg_advisory_xact_lock${how === 'together' ? '_shared' : ''}(key) from (select distinct hashtextextended(name, 0) as key from unnest(?::text[]) as name order by 1) as keys`, [new List(names)]);
    },
    now: `(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  };
}

function insertText(table: string, columns: readonly string[], source: string, more: InsertMore): string {
  return `insert into ${table} (${[...columns, ...Object.keys(more.computed ?? {})].join(', ')}) ${source}${more.conflict ? ` ${more.conflict}` : ''}${more.returning ? ` returning ${more.returning}` : ''}`;
}

const numberedTexts = new Map<string, string>();
function numbered(text: string): string {
  let known = numberedTexts.get(text);
  if (known === undefined) {
    let n = 0;
    numberedTexts.set(text, (known = text.replaceAll('?', () => `$${++n}`)));
  }
  return known;
}

const names = new Map<string, string>();
function nameOf(text: string): string {
  let name = names.get(text);
  if (!name) names.set(text, (name = `s${names.size}`));
  return name;
}
