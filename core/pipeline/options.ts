import type { PipelineOptions } from '../runtime.ts';

/** What holds where nobody said otherwise. */
export const usualOptions: PipelineOptions = {
  unknownWaitMs: 30_000,
  unknownAgentReply: 'send-again',
  turnMs: 60_000,
  sendsAtOnce: 128,
  templatesEveryMs: 6 * 3_600_000,
  reopenMs: 86_400_000,
  webhookMaxBytes: 3_145_728,
  mostWaiting: 10_000,
};
