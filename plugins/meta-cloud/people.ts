/** What people decided about themselves: whether they want marketing, and under which id they are known. */
import { object, objects, short, text, type Event } from '#plugin';
import { about, type Change, leave } from './change.ts';
import { identify, identitiesOf } from './identities.ts';

export function consentEvents(change: Change): Event[] {
  return objects(change.value.user_preferences).map((preference) => {
    const { identities: who } = identify({ phone: preference.wa_id, user: preference.user_id, parent: preference.parent_user_id }, change.people);
    const value = consent(preference.value);
    if (who.length === 0 || value === undefined) return leave(change, preference, 'It does not say who wants what.', preference.timestamp);
    return { kind: 'consent', ...about(change, preference, preference.timestamp), who, category: short(preference.category, 64) ?? 'marketing_messages', value };
  });
}

function consent(value: unknown): 'stop' | 'resume' | undefined {
  switch (text(value)) {
    case 'stop':
      return 'stop';
    case 'resume':
    case 'signup':
      return 'resume';
    default:
      return undefined;
  }
}

/**
 * An older announcement of what `system` messages say now (Meta's changelog of August 2026 withdrew the field): the id before
 * and after, as two members or as an object.
 */
export function userIdEvents(change: Change): Event[] {
  const listed = objects(change.value.user_id_update);
  return (listed.length > 0 ? listed : [change.value]).map((update): Event => {
    const user = object(update.user_id);
    const parent = object(update.parent_user_id);
    const is = identitiesOf({ user: user?.current ?? update.new_user_id ?? update.user_id, parent: parent?.current ?? update.new_parent_user_id });
    const was = identitiesOf({
      phone: update.wa_id,
      user: user?.previous ?? update.previous_user_id ?? update.old_user_id,
      parent: parent?.previous ?? update.previous_parent_user_id,
    });
    if (is.length === 0 || was.length === 0) return leave(change, update, 'It does not say whose id changed, or to which.', update.timestamp);
    return { kind: 'identity', ...about(change, update, update.timestamp), was, is };
  });
}
