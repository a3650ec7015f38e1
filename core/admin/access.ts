/** Everything about who people are: the guard before every page, the ways in and out, the first owner, one's own profile. */
import type { FastifyInstance } from 'fastify';
import type { AppContext } from '../context.ts';
import { registerGuard } from './guard.ts';
import { registerLogin } from './login.ts';
import { registerProfile } from './profile.ts';
import { createSessions } from './session.ts';
import { registerSetup } from './setup.ts';
import { createThrottle } from './throttle.ts';

export async function registerAccess(app: FastifyInstance, ctx: AppContext): Promise<void> {
  const sessions = createSessions(ctx.runtime);
  const throttle = createThrottle(ctx.runtime);
  registerGuard(app, ctx, sessions);
  registerLogin(app, ctx, { sessions, throttle });
  registerSetup(app, ctx, sessions);
  registerProfile(app, ctx, { sessions, throttle });
}
