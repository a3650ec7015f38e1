/** `/app/{tenant}/settings/channels/guides/{plugin}`: how a channel is set up at its provider, and where each value is found there. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import type { Plugins } from '../plugin/load.ts';
import { readingOf, show, type Site } from './site.ts';

const params = Type.Object({ tenant: Type.String({ maxLength: 100 }), plugin: Type.String({ maxLength: 64 }) });

export function guidePages(app: Site, ctx: AppContext): void {
  const { plugins } = ctx.runtime;
  app.get('/app/:tenant/settings/channels/guides/:plugin', { config: { permission: 'connections.read' }, schema: { params } }, async (request, reply) => {
    const { tenantId, locale } = readingOf(ctx, request);
    const { plugin } = request.params;
    const channel = plugins.channel(plugin);
    if (!channel?.guide) throw new SwitchboardError('NOT_FOUND');
    const { before, steps, handOff } = await channel.guide(locale);
    const fields = new Map((await ctx.workspace.connections.fields(tenantId, { plugin }, locale)).map((field) => [field.name, field]));
    return show(ctx, request, reply, 'guide', {
      plugin,
      channel: channel.title,
      before,
      steps: steps.map((step) => ({
        title: step.title,
        does: step.does,
        fields: Object.entries(step.fields ?? {}).map(([name, where]) => ({ label: fields.get(name)?.label ?? name, where, required: fields.get(name)?.required === true })),
      })),
      handOff,
      others: guided(plugins).filter((other) => other.plugin !== plugin),
    });
  });
}

/** The channels that have one. */
function guided({ all }: Pick<Plugins, 'all'>): { plugin: string; channel: string }[] {
  return all.flatMap((plugin) => (plugin.kind === 'channel' && plugin.guide ? [{ plugin: plugin.name, channel: plugin.title }] : []));
}
