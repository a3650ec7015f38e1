/** Conversations, numbers and agents of the workspace as lists show them. */
import type { AppContext } from '../context.ts';
import { sayWords } from '../kept-words.ts';
import type { AgentRow as Agent } from '../workspace/reads-agents.ts';
import type { ConversationRow } from '../workspace/reads-conversations.ts';
import type { NumberName as NumberRead, NumberRow } from '../workspace/reads-numbers.ts';
import { asPhone } from './phone.ts';
import type { Reading } from './site.ts';
import type { AgentRow } from './views/agents.ts';
import type { LineColour, NumberName } from './views/every-page.ts';
import type { Row } from './views/inbox.ts';
import type { NumberCard } from './views/numbers.ts';
import type { ComposerState, Holder, Kind, MessageStatus, ReplyWindow } from './views/thread.ts';

const colours = [1, 2, 3, 4, 5, 6] as const;
export const colourOf = (line: number): LineColour => colours[(line - 1) % colours.length] ?? 1;

export const numberName = ({ id, name, line }: NumberRead): NumberName => ({ id, name, line: colourOf(line) });

const kinds: ReadonlySet<string> = new Set<Kind>([
  'text', 'choice', 'buttons', 'list', 'link', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'location-request', 'contacts', 'order', 'form',
  'reaction', 'template', 'system', 'unsupported',
]);
const isKind = (kind: string): kind is Kind => kinds.has(kind);
/** Edits and withdrawals are told as the system's words. */
export const kindOf = (kind: string): Kind => (isKind(kind) ? kind : kind === 'edit' || kind === 'revoke' ? 'system' : 'unsupported');

const statuses: ReadonlySet<string> = new Set<MessageStatus>(['queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'read', 'cancelled']);
const isStatus = (status: string): status is MessageStatus => statuses.has(status);
/** Undefined for what came in: it has no state. */
export const statusOf = (status: string): MessageStatus | undefined => (isStatus(status) ? status : undefined);

export function rowOf(row: ConversationRow, me: string): Row {
  const { last } = row;
  const status = last && last.author !== 'contact' ? statusOf(last.status) : undefined;
  return {
    id: row.id,
    contact: contactName(row.contact),
    number: numberName(row.number),
    ...(last && { last: { kind: kindOf(last.kind), text: last.text, author: last.author, at: last.at, ...(status && { status }) } }),
    lastMessageAt: row.lastMessageAt,
    unread: row.unread,
    holder: holderOf(row, me),
    window: windowOf(row),
    state: row.state,
    ...(isMood(row.sentiment) && { sentiment: row.sentiment }),
  };
}

const isMood = (word: string | undefined): word is 'pleased' | 'neutral' | 'upset' => word === 'pleased' || word === 'neutral' || word === 'upset';

export function contactName({ name, nameless }: ConversationRow['contact']): { name: string; nameless?: boolean } {
  const shown = nameless ? name : asPhone(name);
  return { name: shown || '?', ...(nameless && { nameless }) };
}

export function holderOf({ ai, agent, assignee, escalated }: ConversationRow, me: string): Holder {
  if (ai && agent) return { kind: 'agent', name: agent.name };
  if (assignee) return { kind: 'person', name: assignee.name, ...(assignee.id === me && { you: true }) };
  if (escalated && !ai) return { kind: 'escalated' };
  return { kind: 'nobody' };
}

export function windowOf({ eligibility }: Pick<ConversationRow, 'eligibility'>): ReplyWindow {
  if (eligibility.allowed) return { state: 'open', ...(eligibility.until !== undefined && { until: eligibility.until }) };
  if (eligibility.why === 'window-closed') return { state: 'closed' };
  if (eligibility.why === 'waiting-for-reply') return { state: 'waiting' };
  // The window is not what is in the way.
  return { state: 'open' };
}

export function composerState({ state, number, eligibility }: Pick<ConversationRow, 'state' | 'number' | 'eligibility'>): ComposerState {
  if (number.deleted) return { kind: 'number-deleted' };
  if (state === 'closed') return { kind: 'conversation-closed' };
  if (state === 'archived') return { kind: 'conversation-archived' };
  if (eligibility.allowed) return { kind: 'free', ...(eligibility.until !== undefined && { until: eligibility.until }) };
  switch (eligibility.why) {
    case 'number-gone': return { kind: 'number-deleted' };
    case 'number-stopped': return { kind: 'number-stopped' };
    case 'blocked':
    case 'opted-out': return { kind: 'opted-out' };
    case 'window-closed': return { kind: 'closed' };
    case 'waiting-for-reply': return { kind: 'waiting' };
  }
}

export function cardOf({ runtime: { plugins } }: Pick<AppContext, 'runtime'>, { locale }: Pick<Reading, 'locale'>, row: NumberRow, refused?: string): NumberCard {
  return {
    ...numberName(row),
    account: row.phone ? asPhone(row.phone) : row.account,
    channel: row.channel,
    simulator: row.simulator,
    active: row.active,
    lamp: row.lamp,
    ...(row.agent && { agent: { id: row.agent.id, name: row.agent.name, ...(row.agent.environment === 'draft' && { draft: true }) } }),
    ...(row.peopleOnly && { peopleOnly: true }),
    today: row.today,
    waiting: row.waiting,
    ...(row.reasonWords && { reason: sayWords(row.reasonWords, locale, plugins.all) }),
    ...(refused !== undefined && { refused }),
  };
}

export function agentRowOf({ runtime: { plugins } }: Pick<AppContext, 'runtime'>, { locale }: Pick<Reading, 'locale'>, { id, name, title, state, reasonWords, published, draft, numbers }: Agent): AgentRow {
  return {
    id, name, plugin: title, lamp: state, numbers: numbers.map(numberName),
    ...(reasonWords && { reason: sayWords(reasonWords, locale, plugins.all) }), ...(published !== undefined && { published }), ...(draft !== undefined && { draft }),
  };
}
