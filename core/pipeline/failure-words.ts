/** Why a message failed, as words for everybody: our own code, else what the channel's catalogue says of the provider's. */
import { wordsOf, type Words } from '../kept-words.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { Log } from '../plugin/contract/context.ts';
import type { ProviderError } from '../plugin/contract/event.ts';
import { meaningOf } from '../plugin/words.ts';
import { refusals } from './eligibility.ts';

/** Codes of ours beside the provider's; a plugin cannot explain them, pages can. */
export const ownErrorCodes = ['silence', 'not-sent', 'not-prepared', 'plugin', ...refusals] as const;

export const ownErrorCode = (code: string): (typeof ownErrorCodes)[number] | undefined => ownErrorCodes.find((one) => one === code);

export function failureWords(channel: Channel | undefined, error: ProviderError, log: Log): Words {
  const code = ownErrorCode(error.code);
  if (code) return { code, ...(error.said !== '' && { answered: error.said }) };
  const meaning = meaningOf(channel, error, log);
  if (meaning) return wordsOf(channel, { said: meaning.sentence, answered: error.said });
  return error.said === '' ? { code: 'not-delivered' } : { said: error.said };
}
