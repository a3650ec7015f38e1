/** The doctor. */
import { Type } from 'typebox';
import type { AppContext } from '../../context.ts';
import { known, object, one, route, saidLines, tenantOf, type Api } from './call.ts';
import { settings } from './connections.ts';
import * as answers from './schemas.ts';

export function checkRoutes(api: Api, ctx: AppContext): void {
  const { connections } = ctx.workspace;

  api.get('/connections/:id/checks', { ...route('checks:read', 'What the doctor last said of a connection.', { 200: answers.checks }), schema: { params: one } }, async (request) => {
    const { plugin, checks, checkedAt } = await connections.get(tenantOf(request), request.params.id);
    return { checks: saidLines(ctx, request, plugin, checks), checkedAt };
  });

  api.post('/connections/:id/checks', { ...route('checks:write', 'Asks the doctor now.', { 200: answers.checks }), schema: { params: one, body: object({}) } }, async (request) => {
    const id = known(request.params.id);
    const { plugin } = await connections.get(tenantOf(request), id);
    const lines = await connections.check(tenantOf(request), { id });
    return { checks: saidLines(ctx, request, plugin, lines), checkedAt: ctx.runtime.clock.now() };
  });

  const unsaved = object({ plugin: Type.String({ maxLength: 100 }), settings });
  api.post('/checks', { ...route('checks:write', 'Asks the doctor about settings that are not saved.', { 200: answers.checks }), schema: { body: unsaved } }, async (request) => {
    const { plugin, settings } = request.body;
    const lines = await connections.check(tenantOf(request), { plugin, settings: { data: settings } });
    return { checks: saidLines(ctx, request, plugin, lines), checkedAt: ctx.runtime.clock.now() };
  });
}
