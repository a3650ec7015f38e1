/** Somebody writes, as tests, the control routes and the page say it. */
import { object, text, type Content } from '#plugin';

export interface Written {
  /** The person's phone number in digits; leave it out for somebody who is known by user id alone. */
  from?: string;
  /** The person's business-scoped user id, for example ID.13491208655302741918. */
  userId?: string;
  name?: string;
  username?: string;
  /** The number it is written to, by the provider's name of it; the first of the emulator's unless told. */
  to?: string;
  text?: string;
  /** In place of `text`. Of media, `media.ref` is what storing the file gave. */
  content?: Content;
  /** The body of `messages[]` as Meta would word it, in place of `content`, where the provider passes Meta's words on. */
  message?: object;
  /** Parameters as Twilio would name them, in place of those that `content` brings. */
  fields?: Record<string, string>;
  /** False leaves out Meta's own object, where the provider brings it beside its own. */
  raw?: boolean;
  /** The id of the message it answers. */
  replyTo?: string;
  forwarded?: boolean;
  /** The provider's id of the message, so that the same one can be sent twice. */
  id?: string;
  /** Milliseconds; now unless told. */
  at?: number;
}

/** Whoever writes has a name. The rest is passed on as it is: a test may well want to send nonsense. */
export function isWritten(given: unknown): given is Written {
  const body = object(given);
  return text(body?.from) !== undefined || text(body?.userId) !== undefined;
}
