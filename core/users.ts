/** People as the command line makes them: a membership for somebody new or known, and a new password for who forgot theirs. */
import { randomBytes } from 'node:crypto';
import { roles, type Role } from './db/entities/index.ts';
import type { Database } from './db/open.ts';
import type { Sql, Value } from './db/sql.ts';
import { SwitchboardError } from './errors.ts';
import { uuid } from './ids.ts';
import { hashPassword } from './password.ts';

export interface NewMember {
  /** Slug of the organisation. */
  tenant: string;
  email: string;
  /** Needed for somebody new; a known person keeps theirs. */
  name?: string | undefined;
  role: string;
}

interface Person {
  id: string;
  disabled_at: number | null;
}

const longestName = 80;

/**
 * Returns the password of somebody new; undefined when the person was known and keeps theirs.
 * @throws SwitchboardError INVALID_INPUT, NOT_FOUND, NOT_PERMITTED (disabled), CONFLICT (a member already), STORAGE_BUSY
 */
export async function addMember(db: Database, { tenant: slug, email: typed, name: typedName = '', role: typedRole }: NewMember, now: number): Promise<string | undefined> {
  const email = emailFrom(typed);
  const name = typedName.trim();
  const role = roleFrom(typedRole);
  if (name.length > longestName) throw invalid(`The name must have at most ${longestName} characters.`);
  const password = newPassword();
  const hash = await hashPassword(password);
  return db.write(async (sql) => {
    const [tenant] = await sql.all<{ id: string }>('select id from tenant where slug = ?', [slug]);
    if (!tenant) throw await noTenant(sql, slug);
    const known = await personWith(sql, email);
    if (known?.disabled_at) throw new SwitchboardError('NOT_PERMITTED', `${email} is disabled and cannot be added.`);
    if (!known && name === '') throw invalid(`There is nobody with ${email} yet: give a name with --name.`);
    const id = known?.id ?? uuid();
    const [member] = await sql.all<{ role: Role }>('select role from membership where tenant_id = ? and user_id = ?', [tenant.id, id]);
    if (member) throw new SwitchboardError('CONFLICT', `${email} is a member of ${slug} already, as ${member.role}.`);
    if (!known) {
      await insert(sql, '"user"', { id, email, name, password_hash: hash, created_at: now });
      await note(sql, tenant.id, id, 'user.create', { role }, now);
    }
    await insert(sql, 'membership', { id: uuid(), tenant_id: tenant.id, user_id: id, role, created_at: now });
    await note(sql, tenant.id, id, 'member.role', { role }, now);
    return known ? undefined : password;
  });
}

/**
 * Returns the new password. Whoever is signed in as this person no longer is.
 * @throws SwitchboardError INVALID_INPUT, NOT_FOUND, NOT_PERMITTED (disabled), STORAGE_BUSY
 */
export async function resetPassword(db: Database, typed: string, now: number): Promise<string> {
  const email = emailFrom(typed);
  const password = newPassword();
  const hash = await hashPassword(password);
  await db.write(async (sql) => {
    const person = await personWith(sql, email);
    if (!person) throw new SwitchboardError('NOT_FOUND', `There is nobody with ${email}.`);
    if (person.disabled_at) throw new SwitchboardError('NOT_PERMITTED', `${email} is disabled and needs no password.`);
    await sql.run('update "user" set password_hash = ? where id = ?', [hash, person.id]);
    await sql.run('delete from login where user_id = ?', [person.id]);
    const memberships = await sql.all<{ tenant_id: string }>('select tenant_id from membership where user_id = ?', [person.id]);
    for (const { tenant_id: tenantId } of memberships) await note(sql, tenantId, person.id, 'password-changed', {}, now);
  });
  return password;
}

/** 144 bits, in characters that survive copying. */
const newPassword = () => randomBytes(18).toString('base64url');

function emailFrom(typed: string): string {
  const email = typed.trim().toLowerCase();
  if (email.length > 254 || !/^[^\s@<>"',;:\\()[\]]+@[^\s@<>"',;:\\()[\]]+$/.test(email)) throw invalid('The e-mail address must look like name@example.com.');
  return email;
}

function roleFrom(typed: string): Role {
  const role = roles.find((one) => one === typed);
  if (!role) throw invalid(`The role must be one of ${roles.join(', ')}.`);
  return role;
}

const invalid = (sentence: string) => new SwitchboardError('INVALID_INPUT', sentence);

async function personWith(sql: Sql, email: string): Promise<Person | undefined> {
  const [person] = await sql.all<Person>(`select id, disabled_at from "user" where email = ?${sql.forUpdate}`, [email]);
  return person;
}

async function noTenant(sql: Sql, slug: string): Promise<SwitchboardError> {
  const tenants = await sql.all<{ slug: string }>('select slug from tenant order by slug limit 20');
  const there = tenants.length === 0 ? 'there is none yet: start Switchboard and create the first owner' : `there are: ${tenants.map((one) => one.slug).join(', ')}`;
  return new SwitchboardError('NOT_FOUND', `There is no organisation "${slug}"; ${there}.`);
}

function note(sql: Sql, tenantId: string, userId: string, action: string, detail: object, at: number): Promise<unknown> {
  return insert(sql, 'audit', { id: uuid(), tenant_id: tenantId, user_id: null, action, subject: 'user', subject_id: userId, detail: JSON.stringify(detail), address: 'command line', at });
}

function insert(sql: Sql, table: string, row: Record<string, Value>): Promise<number> {
  return sql.run(`insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row).map(() => '?').join(', ')})`, Object.values(row));
}
