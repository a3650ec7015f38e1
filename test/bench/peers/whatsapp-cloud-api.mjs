/**
 * whatsapp-cloud-api as its readme shows it: Express, no signature check, the 200 before the reply.
 * It calls graph.facebook.com through axios; an interceptor on the axios it loads leads the calls to the fake provider.
 * JavaScript, because its package is there only when the benchmark installed it.
 */
import { createRequire } from 'node:module';
import { createBot } from 'whatsapp-cloud-api';

const { PORT, PROVIDER_URL, ACCOUNT, ACCESS_TOKEN } = process.env;
// Its own copy: what `import` gives here is another.
const axios = createRequire(import.meta.resolve('whatsapp-cloud-api'))('axios');
axios.interceptors.request.use((config) => ({ ...config, url: config.url.replace('https://graph.facebook.com', PROVIDER_URL) }));

const bot = createBot(ACCOUNT, ACCESS_TOKEN, { version: 'v23.0' });
bot.on('text', (message) => void bot.sendText(message.from, `echo: ${message.data.text}`));
await bot.startExpressServer({ port: Number(PORT), webhookPath: '/webhook' });
