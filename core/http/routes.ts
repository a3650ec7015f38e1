/** Every route says who may use it, or why nobody needs to be known: one that says neither stops the start. */
import type { FastifyInstance } from 'fastify';
import type { Permission } from '../admin/permissions.ts';
import type { Scope } from './api/scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of whoever is signed in, in the tenant of the address. */
    permission?: Permission;
    /** Of whoever holds the API key. */
    scope?: Scope;
    /** Why nobody needs to be known. */
    open?: string;
  }
}

export interface DeclaredRoute {
  method: string;
  url: string;
  permission?: Permission;
  scope?: Scope;
  open?: string;
  websocket: boolean;
}

const declared = new WeakMap<FastifyInstance['server'], DeclaredRoute[]>();

/** All routes of the app, in the order of their registration. */
export function routesOf(app: FastifyInstance): readonly DeclaredRoute[] {
  return declared.get(app.server) ?? [];
}

export function requireDeclarations(app: FastifyInstance): void {
  const routes: DeclaredRoute[] = [];
  declared.set(app.server, routes);
  app.addHook('onRoute', function (route) {
    const { permission, scope, open } = route.config ?? {};
    const name = `${String(route.method)} ${route.url}`;
    if ([permission, scope, open].filter((one) => one !== undefined).length !== 1) throw new Error(`${name} must say either its permission, its scope or why it is open`);
    if (permission !== undefined && !this.hasRequestDecorator('operator')) throw new Error(`${name} needs a permission but is registered before anybody checks it`);
    if (scope !== undefined && !this.hasRequestDecorator('caller')) throw new Error(`${name} needs a scope but is registered where nobody checks it`);
    for (const method of [route.method].flat()) {
      routes.push({ method, url: route.url, websocket: route.websocket === true, ...(permission !== undefined && { permission }), ...(scope !== undefined && { scope }), ...(open !== undefined && { open }) });
    }
  });
}
