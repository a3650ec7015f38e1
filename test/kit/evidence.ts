/** What a channel is held against: what its provider sends and answers. */
import type { Json, MediaRef, OutContent, TemplateDraft, WebhookRequest } from '#plugin';
import type { Saying } from './context.ts';

/** What a plugin's `evidence.ts` exports: the provider's own words, from its documents or recorded, never from our parser. */
export interface ChannelEvidence<S> {
  /** Settings that are complete and valid, with secrets of at least 8 characters. */
  settings: S;
  evidence: readonly Delivery[];
  /** The headers that prove a body; a second implementation, not the plugin's. `url` is what the provider called. */
  sign(body: Buffer, settings: S, url: string): Record<string, string>;
  /** What the provider answers to the one call that creates a message. At least one is accepted. */
  answers?: readonly ProviderAnswer[];
  /** What people type for an account and what it becomes; `refused` where it is none. */
  accounts?: readonly { typed: string; account: string }[];
  /** What `prepare` would have returned, for channels that have it. */
  prepared?: Json;
  /** Why there is no evidence of a kind of message, event or status, by the kind's name in the check; `*` stands for all others. */
  lacks?: Readonly<Record<string, string>>;
  /** Codes of the evidence that nobody knows: they are explained as unknown, every other one has a meaning of its own. */
  unexplained?: readonly string[];
  /** Media that a contact sent, for channels that fetch them. One comes as bytes. */
  media?: readonly {
    name: string;
    source: string;
    ref: MediaRef;
    /** What the provider answers to each call in turn; the last one to all others. */
    answers: readonly Omit<ProviderAnswer, 'name' | 'expect'>[];
    expect: 'gone' | 'later' | { bytes: string; mime?: string };
  }[];
  /** What must be at the provider before a message, for channels that prepare. */
  uploads?: readonly { name: string; source: string; content: OutContent; answers: readonly Omit<ProviderAnswer, 'name' | 'expect'>[] }[];
  /** The pages of the provider's list in their order, what is read out of them, and a draft that it would take. */
  templates?: { source: string; pages: readonly Omit<ProviderAnswer, 'name' | 'expect'>[]; store?: Record<string, Json>; expect: readonly unknown[]; draft?: TemplateDraft };
}

export interface Delivery {
  name: string;
  /** Where it comes from: a page of the provider's documents, or "recorded" with the date. */
  source: string;
  body: string;
  /** Headers besides those of `sign`. */
  headers?: Record<string, string>;
  /** With its question mark. */
  query?: string;
  /** The events in their order; each is at least this. */
  expect: readonly unknown[];
}

export interface ProviderAnswer {
  name: string;
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** `silence`, or at least this much of the SendResult. */
  expect: unknown;
}

/** One piece of evidence as the webhook that would bring it. */
export function requestOf<S>({ sign }: ChannelEvidence<S>, { body: written, headers = {}, query = '' }: Pick<Delivery, 'body' | 'headers' | 'query'>, settings: S): WebhookRequest {
  const body = Buffer.from(written);
  const url = `https://bot.example.test/webhooks/key${query}`;
  const type = /^\s*[[{"]/.test(written) ? 'application/json' : 'application/x-www-form-urlencoded';
  const all = Object.entries({ 'content-type': type, ...headers, ...sign(body, settings, url) });
  return {
    method: 'POST',
    url,
    headers: Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), [value]])),
    body,
    receivedAt: 1_800_000_000_000,
  };
}

/** An account that the evidence itself speaks of. */
export function accountIn<S>({ accounts = [], evidence }: ChannelEvidence<S>): string {
  const typed = accounts.map((one) => one.account).find((account) => account !== 'refused');
  if (typed !== undefined) return typed;
  for (const expected of evidence.flatMap((piece) => piece.expect)) {
    if (typeof expected === 'object' && expected !== null && 'account' in expected && typeof expected.account === 'string') return expected.account;
  }
  return 'account';
}

/** What the evidence has a provider answer, as the answer to a call. */
export function sayingOf({ status, headers, body }: Pick<ProviderAnswer, 'status' | 'headers' | 'body'>): Exclude<Saying, Error> {
  return { status, body, ...(headers && { headers }) };
}

/** A provider that gives these answers in turn, and the last one to every call after them. */
export function inTurn(answers: readonly Pick<ProviderAnswer, 'status' | 'headers' | 'body'>[]): () => Saying {
  let asked = 0;
  return () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer ? sayingOf(answer) : { status: 404, body: '' };
  };
}
