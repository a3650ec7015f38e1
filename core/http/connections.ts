/** What is open on a server and what is owed over it, so that a stop ends as soon as the last answer is given. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Before anything else listens to the server. */
  watch(server: Server): void;
  /** Ends at once what nobody waits on, and each of the others with its answer. Sockets of pages are ended by who opened them. */
  end(): void;
  /** Ends all that is left, whatever is still owed over it. */
  cut(): void;
}

export function createConnections(): Connections {
  const open = new Set<Socket>();
  const upgraded = new WeakSet<Socket>();
  /** By answer, as more than one may be owed over the same connection. */
  const owed = new Map<ServerResponse, Socket>();
  let ending = false;

  const isOwed = (socket: Socket) => owed.values().some((other) => other === socket);

  return {
    watch(server) {
      server.on('connection', (socket) => {
        // It came before the server had stopped listening.
        if (ending) socket.destroy();
        else open.add(socket.once('close', () => open.delete(socket)));
      });
      server.on('upgrade', ({ socket }) => upgraded.add(socket));
      server.on('request', ({ socket }, response) => {
        owed.set(response, socket);
        response.once('close', () => {
          owed.delete(response);
          // What had begun before the stop could not say any more that it is the last.
          if (ending && !isOwed(socket)) socket.destroySoon();
        });
      });
    },
    end() {
      ending = true;
      const last = new Map([...owed].map(([response, socket]) => [socket, response]));
      for (const response of last.values()) if (!response.headersSent) response.setHeader('connection', 'close');
      for (const socket of open) if (!upgraded.has(socket) && !last.has(socket)) socket.destroy();
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
  };
}
