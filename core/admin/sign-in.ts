/**
 * `/app/{tenant}/whatsapp/connect/sign-in/{plugin}`: signing in with a provider. The only page that loads a script which is not
 * ours, and only where the server is set up for it; every other page keeps the strict policy.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { Refused } from '../workspace/refused.ts';
import { SwitchboardError } from '../errors.ts';
import { tell } from './chrome.ts';
import { operatorOf } from './guard.ts';
import { byOf, form, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { SignInPage } from './views/connections.ts';
import { fieldErrors, pluginSays } from './wording.ts';

const address = '/app/:tenant/whatsapp/connect/sign-in/:plugin';
const params = Type.Object({ tenant: Type.String({ maxLength: 100 }), plugin: Type.String({ maxLength: 64 }) });

export function signInPages(app: Site, ctx: AppContext): void {
  const edits = { config: { permission: 'connections.edit' as const } };

  app.get(address, { ...edits, schema: { params } }, (request, reply) => showSignIn(ctx, request, reply, request.params.plugin));

  const brought = form({ nonce: Type.String({ maxLength: 100 }), input: Type.String({ maxLength: 20_000 }) });
  app.post(address, { ...edits, schema: { params, body: brought } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const { plugin } = request.params;
    const { nonce, input } = request.body;
    try {
      const { id } = await ctx.workspace.signIn.finish(tenantId, plugin, { nonce, input: dataIn(input) }, operatorOf(request).loginId, byOf(request));
      tell(ctx, reply, 'says:notice.signedIn');
      return seeOther(reply, url.connection(id, 'doctor'));
    } catch (error) {
      if (error instanceof Refused) return showSignIn(ctx, request, reply, plugin, error);
      if (!(error instanceof SwitchboardError) || error.code !== 'FOREIGN_FORM') throw error;
      // Of another login, used already, or too old: it can only be begun anew.
      tell(ctx, reply, 'says:notice.signInOver');
      return seeOther(reply, url.signIn(plugin));
    }
  });
}

/** What is no data is nothing: the channel says what it misses. */
function dataIn(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function showSignIn(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, plugin: string, refused?: Refused): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const kind = ctx.workspace.connections.kinds().find((one) => one.plugin === plugin);
  if (!kind?.signIn) throw new SwitchboardError('NOT_FOUND');
  const page: SignInPage = { plugin, channel: kind.title, ...(refused && { error: Object.values(fieldErrors(refused, reading, ctx.runtime.plugins)).join(' ') }) };
  if (kind.signIn.missing !== undefined) return show(ctx, request, reply, 'sign-in', { ...page, missing: missingWords(ctx, reading, plugin, kind.signIn.missing) });
  const { nonce, page: data, origins } = await ctx.workspace.signIn.begin(reading.tenantId, plugin, operatorOf(request).loginId);
  openTo(reply, origins);
  return show(ctx, request, reply, 'sign-in', { ...page, attempt: { nonce, data } }, refused ? 422 : 200);
}

/** A channel may have a sentence for pages; what it says to whoever runs the server names the settings. */
export function missingWords(ctx: AppContext, { locale }: Pick<Reading, 'locale'>, plugin: string, missing: string): string {
  const said = pluginSays(ctx.runtime.plugins, plugin, 'signIn.missing', locale);
  return said === 'signIn.missing' ? pluginSays(ctx.runtime.plugins, plugin, missing, locale) : said;
}

/** The provider's script may run here, frame its own pages, and answer to this window; nothing else may. */
function openTo(reply: FastifyReply, { script, frame }: { script: string[]; frame: string[] }): void {
  const scripts = script.join(' ');
  const frames = frame.join(' ');
  reply.headers({
    'content-security-policy': `default-src 'self'; script-src 'self' ${scripts}; style-src 'self'; img-src 'self'; connect-src 'self' ${scripts} ${frames}; frame-src ${frames}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'`,
    'cross-origin-opener-policy': 'same-origin-allow-popups',
    'referrer-policy': 'strict-origin-when-cross-origin',
  });
}
