/**
 * whatsapp-api-js as its readme shows it on node:http: the signature is checked, the reply is awaited, then comes the 200.
 * Its calls go to graph.facebook.com; the `fetch` that it takes as a ponyfill leads them to the fake provider.
 * JavaScript, because its package is there only when the benchmark installed it.
 */
import { createServer } from 'node:http';
import { Text } from 'whatsapp-api-js/messages';
import { WhatsAppAPI } from 'whatsapp-api-js/middleware/node-http';

const { PORT, PROVIDER_URL, APP_SECRET, ACCESS_TOKEN } = process.env;
const toProvider = (url, init) => fetch(String(url).replace('https://graph.facebook.com', PROVIDER_URL), init);
const api = new WhatsAppAPI({ token: ACCESS_TOKEN, appSecret: APP_SECRET, v: 'v23.0', ponyfill: { fetch: toProvider } });
api.on.message = ({ message, reply }) => reply(new Text(`echo: ${message.text.body}`));

createServer((request, response) => {
  void api.handle_post(request).then((status) => response.writeHead(status).end());
}).listen(Number(PORT), '127.0.0.1');
