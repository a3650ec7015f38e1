/**
 * What every page of the admin is given: plain, serialisable objects, never an entity. Each family of
 * pages has its file in `views/` beside this one. Routes fill them, the templates of the same names read them, `view.ts` renders
 * them. Times are UTC milliseconds; templates put them into the tenant's time zone.
 * Sentences that come from a provider or a plugin are passed as they are; all other text comes from the locale files.
 */
import type { AgentPage, AgentsPage, NewAgentPage } from './views/agents.ts';
import type { AlertsPage } from './views/alerts.ts';
import type { ChannelsPage, GuidePage, HandOffPage, SignInPage } from './views/connections.ts';
import type { DeliveriesPage, DeliveryPage } from './views/deliveries.ts';
import type { InboxPage, LiveBundle, OlderBundle } from './views/inbox.ts';
import type { LoginPage, ProblemPage, SetupPage } from './views/login.ts';
import type { ConnectPage, DeleteNumberPage, EditNumberPage, WhatsappPage } from './views/numbers.ts';
import type { AboutPage, MembersPage, ProfilePage } from './views/settings.ts';
import type { SimulatorPage } from './views/simulator.ts';
import type { SendTemplatePage, TemplatePage } from './views/templates.ts';
import type { Attachment, Thread } from './views/thread.ts';

/** Template name → its data. */
export interface Views {
  setup: SetupPage;
  login: LoginPage;
  problem: ProblemPage;
  whatsapp: WhatsappPage;
  connect: ConnectPage;
  'edit-number': EditNumberPage;
  'delete-number': DeleteNumberPage;
  inbox: InboxPage;
  'delete-conversation': { thread: Pick<Thread, 'id' | 'contact' | 'number'>; messages: number; error?: string };
  simulator: SimulatorPage;
  alerts: AlertsPage;
  agents: AgentsPage;
  agent: AgentPage;
  'new-agent': NewAgentPage;
  channels: ChannelsPage;
  guide: GuidePage;
  'hand-off': HandOffPage;
  template: TemplatePage;
  'send-template': SendTemplatePage;
  'sign-in': SignInPage;
  deliveries: DeliveriesPage;
  delivery: DeliveryPage;
  members: MembersPage;
  about: AboutPage;
  profile: ProfilePage;
  styleguide: Record<never, never>;
  /** Fragments, without the shell. */
  'parts/live': LiveBundle;
  'parts/older': OlderBundle;
  'parts/files': { files: Attachment[] };
}

export type PageName = keyof Views;
