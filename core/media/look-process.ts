/** The process in which files of strangers are looked at. It gives itself up when it holds more than it may. */
import { look, mimeOf, type Look, type LookOrder } from './look.ts';

export type LookAnswer = { mime: string } | { look: Look } | { failed: 'memory' };

/** Of this whole process, pictures outside of JavaScript's memory included. */
const mostResident = 256_000_000;
const watchEveryMs = 20;

setInterval(() => {
  if (process.memoryUsage.rss() < mostResident) return;
  // Written before it goes, or the parent would only see that it went.
  process.send?.({ failed: 'memory' } satisfies LookAnswer, () => process.exit(1));
}, watchEveryMs).unref();

process.on('message', (order: LookOrder) => {
  void (async () => {
    const mime = await mimeOf(order.path);
    // What is known if the rest is too much for it.
    process.send?.({ mime } satisfies LookAnswer);
    process.send?.({ look: await look(order, mime) } satisfies LookAnswer);
  })();
});
process.on('disconnect', () => process.exit(0));
