/** Tells the open pages of a tenant what changed, never what it says: a page fetches what it shows, with its own rights. */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { operatorOf } from '../admin/guard.ts';
import { may } from '../admin/permissions.ts';
import type { AppContext } from '../context.ts';
import type { Live, Notice } from '../live.ts';

/** Notices of one change storm become one message. */
const joinMs = 50;
/** Bytes that may wait for a slow reader before it is sent away to come back later. */
const mostBuffered = 65_536;
/** Conversations named in one message; a page that hears of more than it shows asks for its list. */
const mostNamed = 100;
const pingMs = 20_000;

/** Close codes: 1001 the server goes away, come again; and of our own: 4401 ask again as somebody who is signed in, 4408 you read too slowly. */
const closes = { stopping: 1001, signedOut: 4401, tooSlow: 4408 } as const;

/** The guard has looked at session, tenant and origin before the upgrade. `/live` is the person's first tenant. */
export async function registerLive(app: FastifyInstance, { runtime }: Pick<AppContext, 'runtime'>): Promise<void> {
  for (const url of ['/live', '/live/:tenant']) {
    app.get(url, { websocket: true, config: { permission: 'conversations.read' } }, (socket, request) => {
      const { tenant, role } = operatorOf(request);
      watch({
        socket,
        tenantId: tenant.id,
        live: runtime.live,
        hears: { alerts: may(role, 'alerts.read'), numbers: may(role, 'numbers.read') },
        still: () => request.stillAdmitted().catch(() => false),
      });
    });
  }
}

/** Told before the app is closed, so that pages connect again, to the next process. */
export function closeLive({ websocketServer }: Pick<FastifyInstance, 'websocketServer'>): void {
  for (const socket of websocketServer.clients) socket.close(closes.stopping);
  websocketServer.close();
}

export interface Watching {
  socket: WebSocket;
  tenantId: string;
  live: Live;
  /** What this role may hear of beside conversations. */
  hears: { alerts: boolean; numbers: boolean };
  /** Still signed in? Asked before anything is sent and at every ping. */
  still(): Promise<boolean>;
}

export function watch({ socket, tenantId, live, hears, still }: Watching): void {
  let waiting = new Map<string, number | undefined>();
  let alerts = false;
  let numbers = false;
  let timer: NodeJS.Timeout | undefined;
  let answered = true;

  const flush = async () => {
    timer = undefined;
    if (!(await mayStay())) return;
    const messages = [
      ...[...waiting].slice(-mostNamed).map(([conversation, seq]) => ({ conversation, ...(seq !== undefined && { seq }) })),
      ...(alerts ? [{ alerts: true }] : []),
      ...(numbers ? [{ numbers: true }] : []),
    ];
    waiting = new Map();
    alerts = numbers = false;
    for (const message of messages) socket.send(JSON.stringify(message));
  };

  const mayStay = async () => {
    if (socket.readyState !== socket.OPEN) return false;
    if (socket.bufferedAmount > mostBuffered) {
      socket.close(closes.tooSlow);
      // Its close would wait behind what it does not read.
      socket.terminate();
      return false;
    }
    if (await still()) return socket.readyState === socket.OPEN;
    socket.close(closes.signedOut);
    return false;
  };

  const stop = live.listen(tenantId, (notice: Notice) => {
    if (notice.conversation !== undefined) {
      const seq = notice.seq ?? waiting.get(notice.conversation);
      waiting.delete(notice.conversation);
      waiting.set(notice.conversation, seq);
      if (waiting.size > 2 * mostNamed) waiting = new Map([...waiting].slice(-mostNamed));
    }
    alerts ||= hears.alerts && notice.alerts === true;
    numbers ||= hears.numbers && notice.numbers === true;
    if (waiting.size > 0 || alerts || numbers) timer ??= setTimeout(() => void flush(), joinMs);
  });

  const ping = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    void mayStay().then((stays) => stays && socket.ping());
  }, pingMs);
  ping.unref();

  socket.on('pong', () => (answered = true));
  // Pages have nothing to say here.
  socket.on('message', () => {});
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearTimeout(timer);
    clearInterval(ping);
    stop();
  });
}
