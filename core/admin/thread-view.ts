/** One conversation as its page shows it. */
import type { AppContext } from '../context.ts';
import { uuid } from '../ids.ts';
import { sayWords } from '../kept-words.ts';
import type { ConversationDetail } from '../workspace/reads-conversations.ts';
import { itemsOf, wordsFor } from './items.ts';
import { asPhone } from './phone.ts';
import { colourOf, composerState, contactName, holderOf, kindOf, numberName, windowOf } from './rows.ts';
import type { Reading } from './site.ts';
import { isMessage } from './thread.ts';
import type { Composer, Thread } from './views/thread.ts';
import { whyOf } from './wording.ts';

export function threadOf(ctx: AppContext, reading: Reading, detail: ConversationDetail, me: string, written: Partial<Composer> = {}): Thread {
  const { contact, number } = detail;
  const items = itemsOf(detail.items, wordsFor(ctx, reading, number.id));
  const fresh = items.filter((item) => isMessage(item) && item.author === 'contact').slice(-detail.unread);
  const [firstNew] = detail.unread > 0 ? fresh : [];
  const holder = holderOf(detail, me);
  const account = number.phone ? asPhone(number.phone) : (ctx.runtime.directory.number(number.id)?.account ?? number.account);
  return {
    id: detail.id,
    contact: {
      ...contactName(contact),
      ...(contact.phone && { phone: asPhone(contact.phone) }),
      ...(contact.userId && { userId: contact.userId }),
      ...(contact.locale && { language: languageName(contact.locale, reading.locale) }),
      since: contact.since,
    },
    number: { ...numberName(number), account, channel: number.channel, simulator: number.simulator },
    state: detail.state,
    ai: detail.ai,
    holder: holder.kind === 'escalated' && detail.escalated ? { kind: 'escalated', reason: sayWords(detail.escalated.why, reading.locale, ctx.runtime.plugins.all) } : holder,
    window: windowOf(detail),
    items,
    more: detail.more,
    ...(firstNew && { newFrom: firstNew.id, newCount: fresh.length }),
    unread: detail.unread,
    composer: composerOf(detail, written),
    ...(detail.why && { why: whyOf(detail.why, colourOf(number.line), detail.agent?.name, reading) }),
    others: detail.others.map((other) => ({
      id: other.id, number: numberName(other.number), text: other.text || reading.t(`kind.${kindOf(other.kind)}`), at: other.at, state: other.state,
    })),
  };
}

const composerOf = (detail: ConversationDetail, written: Partial<Composer> = {}): Composer => ({
  state: composerState(detail), key: uuid(), maxLength: detail.maxText, ...written,
});

function languageName(locale: string, reader: string): string {
  try {
    return new Intl.DisplayNames(reader, { type: 'language' }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}
