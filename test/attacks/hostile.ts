/** Texts that want to be more than texts: statements, operators, markers, wildcards; and endless variations of them. */
import type { Chance } from '../kit/chance.ts';

const statements = [
  "'", '"', '`', "''", "' or '1'='1", "' or 1=1--", '" or ""="', "') or ('1'='1", "' or 1=1#", "' or 1=1/*", "admin'--", "1' and '1'='2", "1 or 1=1", "1; select 1", "'; drop table conversation; --", "'; drop table message;--",
  "'; delete from contact; --", "'; update \"user\" set password_hash = null; --", "'; insert into membership values (1,2,3); --", "' union select * from \"user\"--", "' union all select null,null,null,null,null,null--",
  "' union select name, sql from sqlite_master--", "' and (select count(*) from sqlite_master) > 0--", "' and randomblob(100000000)--", "' and load_extension('x')--", "'; attach database '/tmp/x' as x; --", "'; pragma writable_schema=1; --",
  "' || (select password_hash from \"user\" limit 1) || '", "' and pg_sleep(5)--", "'; select pg_sleep(5)--", "1 and sleep(5)", "' waitfor delay '0:0:5'--", "' procedure analyse()--", "$$; drop table job; $$", "\\'; drop table job; --", "%27%20or%201%3D1",
  '%', '_', '%%%%%%%%%%', '_____', '\\', '\\\\', '\\%', '[a-z]%', '%\' escape \'%', '*', '?', '? ?', ':a', '@a', '$1', '$1::text', '?1', '??', ':0:', ':name:', '{0}', '$__db', "x'00'", '0x31', '1e1', 'null', 'true', 'NaN',
  'name desc', 'id; drop table agent', '(select 1)', 'case when 1=1 then id else name end', 'id, (select 1)', 'password_hash', 'tenant_id', 'sqlite_master', 'v.tenant_id', '-- x', '/* x */', '/*!50000 select*/', ';', '\0', '\'\0', 'ʼ or 1=1', '＇ or 1=1', '\u2019 or 1=1',
  'match "a" NEAR b', 'NEAR(a b, 5)', 'a* OR b', '"unclosed', 'column:a', '^a', '[raw]: 1=1', '[raw]: drop table job (#1)', '[::alias::]', '__raw', '$ne', '$gt', '{"$ne":null}', '{"$gt":""}', '[$ne]', "{'$where':'sleep(100)'}", '{{7*7}}', '${7*7}', '<%= 7*7 %>', '#{7*7}',
] as const;

/** Operators and markers of the layers below, where a text belongs. */
export const objects: readonly unknown[] = [
  { $ne: 1 }, { $ne: null }, { $gt: '' }, { $gte: '' }, { $in: ['a', 'b'] }, { $nin: [] }, { $or: [{}, {}] }, { $not: { $eq: 1 } }, { $like: '%' }, { $re: '.*' }, { $regex: '.*' }, { $where: '1' }, { $exists: true }, { $fulltext: 'x' }, { $overlap: [] }, { $some: {} },
  { toString: 'x' }, { toString: null, valueOf: null }, { toJSON: 'x' }, { length: 3, 0: 'a' }, { '[raw]: 1=1': [] }, { '[raw]: 1=1 (#1)': 1 }, { __raw: true, sql: '1=1', params: [] }, { sql: 'drop table job', params: [], __raw: true }, { sql: '1=1', values: [] },
  { id: { $ne: 1 } }, { tenantId: { $ne: null } }, { tenant: '*' }, { filters: false }, { __helper: {} }, { __entity: true }, { _bsontype: 'ObjectId' }, { type: 'Buffer', data: [1, 2] }, [], {}, [[]], ['a', 'b'], [{ $ne: 1 }], [null], null, true, false, 0, -1, 1.5, 1e308, 2 ** 60,
];

/** Members that a form has not, and layers below would obey. */
export const strangers = ['sort', 'order', 'orderBy', 'order_by', 'filter', 'where', 'fields', 'select', 'columns', 'include', 'populate', 'limit', 'offset', 'group', 'having', 'id', 'tenant', 'tenantId', 'tenant_id', 'role', 'userId', 'password_hash', 'deleted_at', 'filters', '$ne', '$where', '[raw]: 1=1', '__raw', "x' or '1'='1"];

export function hostile(by: Chance): string {
  const text: string = by.one(statements);
  switch (by.below(12)) {
    case 0: return text.toUpperCase();
    case 1: return text.replaceAll(' ', by.one(['/**/', '\t', '\n', '+', '%20', '\u00a0', '\v']));
    case 2: return encodeURIComponent(text);
    case 3: return encodeURIComponent(encodeURIComponent(text));
    case 4: return text.replaceAll("'", by.one(["''", "\\'", '\u02bc', '%27', "'||'", 'char(39)']));
    case 5: return `${by.one(['1', 'a', '-1', 'null', 'x%'])}${text}`;
    case 6: return `${text}${by.one([statements[0], ...statements])}`;
    case 7: return [...text].map((character) => (by.below(2) === 0 ? character.toUpperCase() : character)).join('');
    case 8: return `${text}${' '.repeat(by.below(50))}`;
    case 9: return text.repeat(1 + by.below(20));
    default: return text;
  }
}

export const everyStatement: readonly string[] = statements;
