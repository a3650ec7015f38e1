/** News about templates, numbers and the business account itself. */
import { object, objects, present, short, text, type Event, type Loose, type TemplateStatus } from '#plugin';
import { about, type Change } from './change.ts';
import { errorsOf, ruleFor } from './errors.ts';

export const templateFields: ReadonlySet<string> = new Set([
  'message_template_status_update',
  'message_template_quality_update',
  'message_template_components_update',
  'template_category_update',
]);

export function templateEvent(change: Change): Event {
  const { value } = change;
  const other = object(value.other_info);
  const rejection = object(value.rejection_info);
  const disabled = short(object(value.disable_info)?.disable_date, 40);
  const event = short(value.event, 64);
  const status = templateStatus(event);
  // `NONE` and null both mean that there is no reason.
  const reason = [event === undefined || status !== undefined ? undefined : event, text(value.reason) === 'NONE' ? undefined : value.reason, rejection?.reason, rejection?.recommendation, other?.title, other?.description]
    .flatMap((part) => short(part) ?? [])
    .join('. ');
  return {
    kind: 'template',
    ...about(change, value),
    template: text(value.message_template_id) ?? short(value.message_template_name, 512) ?? 'unnamed',
    ...present({
      name: short(value.message_template_name, 512),
      language: short(value.message_template_language, 32),
      status,
      quality: short(value.new_quality_score, 64),
      category: short(value.new_category ?? value.correct_category ?? value.message_template_category, 64),
      reason: reason || disabled,
    }),
  };
}

/**
 * Meta's words for the state of a template, in its list and in its news. Only what is approved can be sent. News that leave it what it
 * was (FLAGGED, LOCKED, a word of the future) have no state.
 */
export function templateStatus(word: string | undefined): TemplateStatus | undefined {
  switch (word) {
    case 'APPROVED':
    case 'REINSTATED':
    case 'UNARCHIVED':
      return 'approved';
    case 'PENDING':
    case 'IN_APPEAL':
      return 'pending';
    case 'REJECTED':
      return 'rejected';
    case 'PAUSED':
      return 'paused';
    case 'DISABLED':
    case 'LIMIT_EXCEEDED':
    case 'ARCHIVED':
    case 'DELETED':
    case 'PENDING_DELETION':
      return 'disabled';
    default:
      return undefined;
  }
}

export const accountFields: ReadonlySet<string> = new Set([
  'account_update',
  'account_alerts',
  'account_review_update',
  'account_settings_update',
  'business_capability_update',
  'business_status_update',
  'phone_number_name_update',
  'phone_number_quality_update',
  'security',
]);

/** What puts an end to sending, and what warns of it. Everything else is news. */
const stops = new Set(['PARTNER_REMOVED', 'PARTNER_APP_UNINSTALLED', 'ACCOUNT_DELETED', 'ACCOUNT_OFFBOARDED', 'DISABLE', 'BANNED']);
const warnings = new Set(['ACCOUNT_VIOLATION', 'ACCOUNT_RESTRICTION', 'DISABLED_UPDATE', 'SCHEDULE_FOR_DISABLE', 'DOWNGRADE', 'FLAGGED', 'REJECTED', 'CRITICAL', 'WARNING', 'PIN_CHANGED', 'PIN_RESET_REQUEST']);

export function accountEvents(change: Change): Event[] {
  const { field, value, waba } = change;
  const number = text(value.entity_type) === 'PHONE_NUMBER' ? text(value.entity_id) : undefined;
  const ban = object(value.ban_info);
  const alert = object(value.alert_info);
  const event = short(value.event ?? value.decision ?? alert?.alert_type ?? value.alert_type, 64);
  // What is most exact decides: the state of a ban says more than that there is news of one.
  const weight = [ban?.waba_ban_state, alert?.alert_severity ?? value.alert_severity, value.event, value.decision]
    .flatMap((word) => text(word) ?? [])
    .map((word) => (stops.has(word) ? 'stop' : warnings.has(word) ? 'warning' : 'info'))[0];
  return [
    {
      kind: 'account',
      ...about(number === undefined ? change : { ...change, account: number }, value),
      what: event === undefined ? field : `${field}:${event}`,
      severity: weight ?? 'info',
      said: short([event, waba && `account ${waba}`, ...wordsOf(value)].filter(Boolean).join(' · '), 500) ?? field,
    },
  ];
}

/** The details a person would want, in Meta's own words. */
function wordsOf(value: Loose): string[] {
  const alert = object(value.alert_info);
  const said = [
    value.display_phone_number,
    value.requested_verified_name,
    object(value.violation_info)?.violation_type,
    object(value.ban_info)?.waba_ban_state,
    object(value.ban_info)?.waba_ban_date,
    value.current_limit,
    value.max_daily_conversation_per_phone,
    value.reason ?? value.rejection_reason,
    alert?.alert_description ?? value.alert_description,
    ...objects(value.restriction_info).map(({ restriction_type: type, expiration }) => [text(type), text(expiration)].filter(Boolean).join(' until ')),
  ];
  return said.flatMap((part) => short(part) ?? []);
}

/** A `messages` change with errors alone: a fault of the whole account, not of one message. */
export function errorEvents(change: Change): Event[] {
  return errorsOf(change.value.errors).map((error) => {
    const { outcome } = ruleFor(error.code);
    const stop = 'never' in outcome && outcome.never === 'connection';
    return { kind: 'account' as const, ...about(change, error), what: `error:${error.code}`, severity: stop ? ('stop' as const) : ('warning' as const), said: error.said };
  });
}

