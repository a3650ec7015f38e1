/** The first owner, and a workspace that answers before anything was configured. */
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { Installation, Membership, Num, Tenant, User } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { hashPassword } from '../password.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { Locale } from '../plugin/contract/plugin.ts';
import { writeAgent } from './agents.ts';
import { answerBy } from './bindings.ts';
import { audit, type By } from './change.ts';
import { newKey } from './address.ts';
import { writeConnection } from './connections.ts';
import type { WorkspaceParts } from './parts.ts';
import { placeNumber } from './listed.ts';
import { Refused, type FieldFault } from './refused.ts';
import { readGiven } from './settings.ts';
import { writeVersion } from './versions.ts';
import { welcomeIn } from './welcome.ts';

export interface FirstOwner {
  workspaceName: string;
  name: string;
  email: string;
  /** Its length and its form are the access rules' business; it is hashed here. */
  password: string;
  locale: Locale;
  /** IANA name. */
  timeZone: string;
}

export async function createFirstOwner(parts: WorkspaceParts, owner: FirstOwner): Promise<{ userId: string; tenantId: string; slug: string }> {
  const runtime = parts.runtime();
  refuseFaults(owner);
  const passwordHash = await hashPassword(owner.password);
  const now = runtime.clock.now();
  const tenantId = uuid();
  const userId = uuid();
  const by: By = { userId, address: 'setup' };
  try {
    const slug = await runtime.db.em(tenantId).transactional(async (em) => {
      // Two browsers that send the form at once meet in this row.
      em.persist(em.create(Installation, { key: 'first-owner', value: userId, updatedAt: now }));
      await em.flush();
      if ((await em.count(Membership, { role: 'owner' }, { filters: false })) > 0) throw exists();
      const slug = await freeSlug(em, owner.workspaceName);
      em.persist(em.create(Tenant, { id: tenantId, slug, name: owner.workspaceName.trim(), locale: owner.locale, timeZone: owner.timeZone, createdAt: now }));
      em.persist(em.create(User, { id: userId, email: owner.email.trim().toLowerCase(), name: owner.name.trim(), passwordHash, locale: owner.locale, theme: null, createdAt: now, disabledAt: null }));
      em.persist(em.create(Membership, { tenantId, userId, role: 'owner', createdAt: now }));
      audit(em, runtime, tenantId, by, { action: 'tenant.create', subject: 'tenant', subjectId: tenantId, detail: { slug } });
      await em.flush();
      await beginAnswering(em, parts, tenantId, owner, by);
      return slug;
    });
    await runtime.directory.reload();
    return { userId, tenantId, slug };
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    if (error.message.toLowerCase().includes('email')) throw new Refused({ email: { code: 'emailTaken', params: {} } });
    throw exists();
  }
}

const exists = () => new SwitchboardError('CONFLICT', 'This installation has an owner already.');

function refuseFaults({ workspaceName, name, email, timeZone }: FirstOwner): void {
  const faults: Record<string, FieldFault> = {};
  for (const [field, typed, max] of [['workspaceName', workspaceName, 200], ['name', name, 200], ['email', email, 254]] as const) {
    if (typed.trim() === '') faults[field] = { code: 'required', params: {} };
    else if (typed.trim().length > max) faults[field] = { code: 'tooLong', params: { max } };
  }
  if (!('email' in faults) && !/^[^\s@]+@[^\s@]+$/.test(email.trim())) faults['email'] = { code: 'wrongForm', params: { form: 'name@example.com' } };
  if (!isTimeZone(timeZone)) faults['timeZone'] = { code: 'notOffered', params: { offered: 'Asia/Jakarta, Europe/Madrid, UTC' } };
  if (Object.keys(faults).length > 0) throw new Refused(faults);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && name.length <= 64;
  } catch {
    return false;
  }
}

/** The name as it can stand in an address; never one that another organisation has. */
async function freeSlug(em: Em, name: string): Promise<string> {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-+|-+$/g, '') || 'workspace';
  for (let n = 1; ; n++) {
    const slug = n === 1 ? plain : `${plain}-${n}`;
    if ((await em.count(Tenant, { slug })) === 0) return slug;
  }
}

/** Simulator, test phone, welcoming agent. An installation without those plugins begins empty. */
async function beginAnswering(em: Em, parts: WorkspaceParts, tenantId: string, { locale, workspaceName }: FirstOwner, by: By): Promise<void> {
  const { plugins } = parts.runtime();
  const simulator = plugins.all.find((plugin): plugin is Channel => plugin.kind === 'channel' && plugin.simulate !== undefined);
  const rules = plugins.agent('rules');
  if (!simulator || !rules) return;
  const words = welcomeIn(locale, workspaceName.trim());
  const draft = { id: uuid(), key: newKey(), plugin: simulator.name, name: words.connection, description: '' };
  const connection = writeConnection(em, parts, tenantId, { ...draft, settings: readGiven(simulator.settings, { data: {} }), lines: [] }, true, by);
  const agent = writeAgent(em, parts, { id: uuid(), tenantId, plugin: rules.name, name: words.agent, channels: ['whatsapp'], run: true });
  await writeVersion(em, parts, agent, readGiven(rules.settings, { data: words.rules }), by);
  await em.flush();
  const number = await placeNumber(em, parts, { connection, account: await freeAccount(em, simulator), displayName: words.number, phone: undefined, active: true });
  await em.flush();
  await answerBy(em, parts, number, agent.id, by);
}

async function freeAccount(em: Em, simulator: Channel): Promise<string> {
  for (let n = 1; ; n++) {
    const account = simulator.account.parse(n === 1 ? 'phone' : `phone-${n}`);
    if (typeof account !== 'string') throw new Error('the simulator does not take its own code');
    if ((await em.count(Num, { plugin: simulator.name, account, deletedAt: null }, { filters: false })) === 0) return account;
  }
}
