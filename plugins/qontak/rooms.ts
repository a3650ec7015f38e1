/** Who has a room in Qontak: a person there keeps our agent out of it, until the room is resolved. */
import { object, text, type Event } from '#plugin';
import { leave, roomId, stamp, type Told } from './told.ts';

/** Beside a message only “a person has it” is news: a room that nobody has there may well be held by a person of ours. */
export function assignedEvent(told: Told): Event[] {
  const { body, settings } = told;
  const thread = roomId(body);
  if (!settings.quietWhenAssigned || thread === undefined || text(object(body.room)?.status) !== 'assigned') return [];
  const { id, ...about } = stamp(told);
  return [{ kind: 'holder', ...about, id: `holder:${id}`, thread, holder: 'person' }];
}

/** News of the room itself. Its exact form is not documented: the room stands in it, or is it. Undefined: it is no such news. */
export function roomEvent(told: Told): Event | undefined {
  const { body, settings } = told;
  const about = text(body.data_event) ?? text(body.webhook_event) ?? '';
  const room = object(body.room) ?? body;
  const thread = roomId(body) ?? text(room.id)?.slice(0, 200);
  if (!/room|agent/.test(about) || thread === undefined) return undefined;
  const status = about === 'room_resolved' ? 'resolved' : text(room.status);
  // A room that nobody has in Qontak may be held by a person here: only its end gives it back.
  if (status !== 'assigned' && status !== 'resolved') return undefined;
  if (!settings.quietWhenAssigned) return leave(told, 'Who has a room in Qontak makes no difference here.');
  return { kind: 'holder', ...stamp(told), id: `holder:${told.digest}`, thread, holder: status === 'assigned' ? 'person' : 'bot' };
}
