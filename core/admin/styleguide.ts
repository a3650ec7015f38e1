/** `/app/{tenant}/styleguide`: every part of the look on one page, for whoever changes it. */
import type { AppContext } from '../context.ts';
import { ofTenant, show, type Site } from './site.ts';

export function styleguidePage(app: Site, ctx: AppContext): void {
  app.get('/app/:tenant/styleguide', { config: { permission: 'profile' }, schema: { params: ofTenant } }, (request, reply) => show(ctx, request, reply, 'styleguide', {}));
}
