/** Alerts for operators: hand-offs and failures always, new messages as the setting says. */
import { defineNotifier, Type, type AlertDraft, type Occurrence, type Static } from '#plugin';
import { texts } from './texts.ts';

const settings = Type.Object(
  {
    newMessages: Type.Enum(['people', 'all', 'none'], {
      title: 'New messages',
      description: 'Which new messages make an alert. Hand-offs and failures always do.',
      default: 'people',
    }),
  },
  { additionalProperties: false },
);

export default defineNotifier({
  name: 'notifications',
  title: 'Notifications',
  contract: 1,
  settings,
  texts,

  /**
   * The key says what is grouped: unread alerts about one conversation and kind are one alert with a count. What stands before
   * its first colon is also the key of the sentence in `texts`, whose places are the occurrence's own members; `text` is that
   * sentence in English, for whoever has no texts at hand.
   */
  alerts(occurrence, chosen) {
    return wanted(occurrence, chosen) ? [draft(occurrence)] : [];
  },
});

function wanted({ kind, heldBy }: Occurrence, { newMessages }: Static<typeof settings>): boolean {
  if (kind !== 'new-message') return true;
  return newMessages === 'all' || (newMessages === 'people' && heldBy === 'people');
}

function draft(occurrence: Occurrence): AlertDraft {
  const { kind, conversation, number, connection } = occurrence;
  const about =
    conversation !== undefined ? `conversation:${conversation}`
    : connection !== undefined ? `connection:${connection}`
    : number !== undefined ? `number:${number}`
    : 'installation';
  return { kind, key: `${sentenceOf(occurrence)}:${about}`, text: worded(texts.en[sentenceOf(occurrence)], occurrence) };
}

function sentenceOf({ kind, conversation }: Occurrence): 'hand-off' | 'new-message' | 'failure' | 'failure-outside' {
  return kind === 'failure' && conversation === undefined ? 'failure-outside' : kind;
}

function worded(sentence: string, { contact, text }: Occurrence): string {
  const places: Record<string, string> = { contact: contact ?? 'somebody', text };
  return sentence.replace(/\{\{(contact|text)\}\}/g, (_, name: string) => places[name] ?? '');
}
