/** `/app/{tenant}/settings/members` and `/settings/about`: who works here, and what this installation is. Both are for reading. */
import { dirname } from 'node:path';
import type { AppContext } from '../context.ts';
import { operatorOf } from './guard.ts';
import { may } from './permissions.ts';
import { ofTenant, readingOf, show, type Site } from './site.ts';
import type { AboutPage } from './views/settings.ts';

export function memberPages(app: Site, ctx: AppContext): void {
  app.get('/app/:tenant/settings/members', { config: { permission: 'members.read' }, schema: { params: ofTenant } }, async (request, reply) => {
    const { user: { id: me }, role, tenant } = operatorOf(request);
    const members = await ctx.workspace.members.list(readingOf(ctx, request).tenantId);
    return show(ctx, request, reply, 'members', {
      members: members.map((member) => ({ ...member, ...(member.id === me && { you: true }) })),
      ...(may(role, 'members.edit') && { add: `npm run -s switchboard -- user add --tenant ${tenant.slug} --email name@example.com --name "First Last" --role agent` }),
    });
  });

  app.get('/app/:tenant/settings/about', { config: { permission: 'connections.read' }, schema: { params: ofTenant } }, async (request, reply) =>
    show(ctx, request, reply, 'about', aboutOf(ctx)));
}

function aboutOf({ runtime: { db, plugins, startedAt }, server }: AppContext): AboutPage {
  return {
    version: server.version,
    node: process.version.slice(1),
    database: db.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL',
    startedAt,
    plugins: [
      ...plugins.all.map(({ name, title, kind }) => ({ name, title, kind, state: 'loaded' as const })),
      ...plugins.broken.map(({ entry, sentence }) => ({ name: entry, title: entry, state: 'broken' as const, problem: sentence })),
    ],
    ...(db.file !== undefined && { dataFolder: dirname(db.file) }),
    ...(server.publicUrl !== undefined && { publicUrl: server.publicUrl }),
  };
}
