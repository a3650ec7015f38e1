/** Every page behind the sign-in, one file each. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AppContext } from '../context.ts';
import { agentChannelPages } from './agent-channels.ts';
import { agentPages } from './agents.ts';
import { alertPages } from './alerts.ts';
import { attachmentPages } from './attachments.ts';
import { channelPages } from './channels.ts';
import { connectPages } from './connect.ts';
import { conversationPages } from './conversation.ts';
import { deliveryPages } from './deliveries.ts';
import { guidePages } from './guides.ts';
import { handOffPages } from './hand-off.ts';
import { inboxPages } from './inbox.ts';
import { livePages } from './live.ts';
import { memberPages } from './members.ts';
import { numberPages } from './numbers.ts';
import { signInPages } from './sign-in.ts';
import { simulatorPages } from './simulator.ts';
import type { Site } from './site.ts';
import { styleguidePage } from './styleguide.ts';
import { sendTemplatePages } from './send-template.ts';
import { templatePages } from './templates.ts';
import { whatsappPages } from './whatsapp.ts';

export async function registerPages(app: FastifyInstance, ctx: AppContext): Promise<void> {
  const site: Site = app.withTypeProvider<TypeBoxTypeProvider>();
  whatsappPages(site, ctx);
  connectPages(site, ctx);
  signInPages(site, ctx);
  numberPages(site, ctx);
  inboxPages(site, ctx);
  conversationPages(site, ctx);
  attachmentPages(site, ctx);
  simulatorPages(site, ctx);
  livePages(site, ctx);
  alertPages(site, ctx);
  agentPages(site, ctx);
  agentChannelPages(site, ctx);
  channelPages(site, ctx);
  guidePages(site, ctx);
  handOffPages(site, ctx);
  templatePages(site, ctx);
  sendTemplatePages(site, ctx);
  deliveryPages(site, ctx);
  memberPages(site, ctx);
  styleguidePage(site, ctx);
}
