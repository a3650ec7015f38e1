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
   * its first colon is also the key of the sentence in `texts`, which each reader gets in their own language with the contact and
   * the alert's own `text` in its places.
   */
  alerts(occurrence, chosen) {
    return wanted(occurrence, chosen) ? [draft(occurrence)] : [];
  },
});

function wanted({ kind, heldBy }: Occurrence, { newMessages }: Static<typeof settings>): boolean {
  if (kind !== 'new-message') return true;
  return newMessages === 'all' || (newMessages === 'people' && heldBy === 'people');
}

function draft({ kind, conversation, number, connection, text }: Occurrence): AlertDraft {
  const about =
    conversation !== undefined ? `conversation:${conversation}`
    : connection !== undefined ? `connection:${connection}`
    : number !== undefined ? `number:${number}`
    : 'installation';
  const sentence = kind === 'failure' && conversation === undefined ? 'failure-outside' : kind;
  return { kind, key: `${sentence}:${about}`, text: text.trim() === '' ? '…' : text.slice(0, 500).toWellFormed() };
}
