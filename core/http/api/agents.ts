/** Agents, as far as a number needs to name one. */
import type { AppContext } from '../../context.ts';
import { list, object, page, pageOf, route, tenantOf, type Api } from './call.ts';
import * as answers from './schemas.ts';

export function agentRoutes(api: Api, { workspace }: AppContext): void {
  api.get('/agents', { ...route('agents:read', 'The agents that may answer a number.', { 200: list(answers.agent) }), schema: { querystring: object(page) } }, async (request) => {
    const { items, ...more } = pageOf(await workspace.agents.list(tenantOf(request)), request.query);
    return {
      items: items.map(({ id, name, plugin, state, reason, channels, published, draft }) => ({ id, name, plugin, state, reason, channels, published, draft })),
      ...more,
    };
  });
}
