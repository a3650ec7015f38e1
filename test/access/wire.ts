/** Bytes to a server and back, without a client that corrects them. */
import { connect, type Socket } from 'node:net';

export interface Spoken {
  /** Everything that came back before the server closed, or `quietMs` went by without more. */
  answer: string;
  closed: boolean;
}

export function speak(port: number, bytes: string | Buffer, { quietMs = 300 }: { quietMs?: number } = {}): Promise<Spoken> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let answer = '';
    let timer = setTimeout(() => end(false), 60_000);
    const end = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answer, closed });
    };
    // After a pause of the whole process a timer is called before what came meanwhile is read.
    const quiet = () => {
      const { length } = answer;
      setImmediate(() => setImmediate(() => answer.length === length && end(false)));
    };
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(quiet, quietMs);
    });
    socket.on('close', () => end(true));
    socket.on('error', () => end(true));
  });
}

export const statusOf = ({ answer }: Spoken): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
export const answersIn = ({ answer }: Spoken): number => answer.match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0;
