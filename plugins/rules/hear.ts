/** What a message says, in the forms that rules ask for. Each form is made when first asked: most rules need none. */
import type { Choice, ReceivedMessage } from '#plugin';

export interface Heard {
  kind: string;
  text: string;
  /** The id of the choice that was tapped, or meant by its number or title. */
  choice: string | undefined;
  first: boolean;
  remembered: ReadonlyMap<string, string>;
  /** The text without case and accents. */
  folded(): string;
  /** Its words, with one space before, between and after them. */
  words(): string;
}

/** A WhatsApp text has at most 4,096 characters; of anything longer the beginning is enough to choose a rule, and costs no time. */
const longest = 8192;

export function hear(message: ReceivedMessage, offered: readonly Choice[], first: boolean, remembered: ReadonlyMap<string, string>): Heard {
  const { content } = message;
  const picked = content.kind === 'text' ? pick(message.text, offered) : undefined;
  const text = picked?.title ?? message.text;
  let folded: string | undefined;
  let words: string | undefined;
  return {
    kind: content.kind,
    text,
    choice: content.kind === 'choice' ? content.id : picked?.id,
    first,
    remembered,
    folded: () => (folded ??= fold(text.slice(0, longest))),
    words: () => (words ??= spaced((folded ??= fold(text.slice(0, longest))))),
  };
}

/** A channel without buttons shows choices as numbered text, and people type "2" or the title. */
function pick(text: string, offered: readonly Choice[]): Choice | undefined {
  if (offered.length === 0) return undefined;
  const number = /^\s*(\d{1,2})[.)]?\s*$/.exec(text)?.[1];
  if (number !== undefined) return offered[Number(number) - 1];
  const folded = fold(text.slice(0, longest));
  return offered.find((choice) => fold(choice.title) === folded);
}

/**
 * Without case, and without the accents of Latin, Greek and Cyrillic letters; compatibility forms (ﬁ, Ａ) count as their letters.
 * Vowel signs of other scripts stay: there they tell words apart.
 */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/[\u0300-\u036f]+/g, '').toLowerCase().trim();
}

/** The words of a folded text, one space around each. */
function spaced(folded: string): string {
  return ` ${folded.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim()} `;
}

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** A test for one keyword: whole words, but anywhere for scripts that write no spaces and for keywords without a letter, such as 👍. */
export function keyword(typed: string): (heard: Heard) => boolean {
  const folded = fold(typed);
  const words = spaced(folded);
  if (words.trim() === '' || unspaced.test(folded)) return (heard) => heard.folded().includes(folded);
  return (heard) => heard.words().includes(words);
}
