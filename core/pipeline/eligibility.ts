/** May this be sent now? One decision for composer, agents, API and campaigns, asked at compose and again just before send. */
import type { Capabilities } from '../plugin/contract/channel.ts';
import type { OutContent } from '../plugin/contract/content.ts';

export type Purpose = 'conversation' | 'campaign' | 'notification';

export interface Situation {
  now: number;
  purpose: Purpose;
  kind: OutContent['kind'];
  number: { active: boolean } | undefined;
  connection: { state: 'stopped' | 'starting' | 'running' | 'error' } | undefined;
  channel: Pick<Capabilities, 'replyWindowHours'> | undefined;
  /** By the provider's clock. */
  lastInboundAt: number | null;
  /** A business-initiated template that was not answered yet. */
  templateAt: number | null;
  blocked: boolean;
  /** The contact does not want templates of this one's category. */
  optedOut?: boolean;
}

export const refusals = ['number-gone', 'number-stopped', 'blocked', 'opted-out', 'window-closed', 'waiting-for-reply'] as const;
export type Refused = (typeof refusals)[number];
/** Of what is to be sent itself: larger than the channel takes, of a type that it does not take, or not stored here. */
export type MediaRefused = 'media-too-large' | 'media-type' | 'media-missing';
/** `until`: free-form messages are allowed up to then; absent where the channel knows no window. */
export type Eligibility = { allowed: true; until?: number } | { allowed: false; why: Refused };

const hour = 3_600_000;
/** Our clock and the provider's differ: stop a minute early rather than be refused after the fact. */
const margin = 60_000;

export function eligible(s: Situation): Eligibility {
  if (!s.number || !s.connection || !s.channel) return { allowed: false, why: 'number-gone' };
  if (!s.number.active || s.connection.state === 'stopped') return { allowed: false, why: 'number-stopped' };
  if (s.blocked) return { allowed: false, why: 'blocked' };
  if (s.optedOut && s.kind === 'template') return { allowed: false, why: 'opted-out' };
  if (s.channel.replyWindowHours === undefined) return { allowed: true };
  const until = s.lastInboundAt === null ? 0 : s.lastInboundAt + s.channel.replyWindowHours * hour - margin;
  const open = s.now < until;
  if (s.kind !== 'template') {
    if (open) return { allowed: true, until };
    return { allowed: false, why: s.templateAt !== null && s.purpose !== 'notification' ? 'waiting-for-reply' : 'window-closed' };
  }
  const unanswered = s.templateAt !== null && s.now < s.templateAt + 24 * hour;
  if (unanswered && s.purpose !== 'notification') return { allowed: false, why: 'waiting-for-reply' };
  return open ? { allowed: true, until } : { allowed: true };
}
