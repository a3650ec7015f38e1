/** Every address of the admin in one place: templates build links from it, routes are registered under the same. */

const q = (values: Record<string, string | undefined>): string => {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return given.length ? `?${new URLSearchParams(given)}` : '';
};

/** Addresses of one tenant. */
export function paths(slug: string) {
  const app = `/app/${encodeURIComponent(slug)}`;
  const whatsapp = `${app}/whatsapp`;
  const conversation = (id: string) => `${whatsapp}/${id}`;
  const number = (id: string) => `${whatsapp}/numbers/${id}`;
  const connection = (id: string) => `${app}/settings/channels/${id}`;
  return {
    app,
    whatsapp,
    connect: (way?: string, typed?: '1') => `${whatsapp}/connect${q({ way, typed })}`,
    signIn: (plugin: string) => `${whatsapp}/connect/sign-in/${encodeURIComponent(plugin)}`,
    number,
    numberRegister: (id: string) => `${number(id)}/register`,
    numberActive: (id: string) => `${number(id)}/active`,
    numberDelete: (id: string) => `${number(id)}/delete`,

    inbox: (filter: { view?: string; number?: string; search?: string; after?: string } = {}) => `${app}/inbox${q(filter)}`,
    conversation: (id: string, filter: { view?: string; number?: string; search?: string; details?: string } = {}) => `${conversation(id)}${q(filter)}`,
    send: (id: string) => `${conversation(id)}/messages`,
    files: (id: string) => `${conversation(id)}/files`,
    sendTemplate: (id: string, template?: string, after?: string) => `${conversation(id)}/template${template ? `/${template}` : ''}${q({ after })}`,
    media: (id: string, part?: 'thumbnail' | 'mp4' | 'download') => `${app}/media/${id}${part ? `?${part}=1` : ''}`,
    mediaRetry: (id: string, medium: string) => `${conversation(id)}/media/${medium}/retry`,
    again: (id: string, message: string) => `${conversation(id)}/messages/${message}/again`,
    ai: (id: string) => `${conversation(id)}/ai`,
    state: (id: string) => `${conversation(id)}/state`,
    read: (id: string) => `${conversation(id)}/read`,
    deleteConversation: (id: string) => `${conversation(id)}/delete`,
    older: (id: string, before: number) => `${conversation(id)}/older${q({ before: String(before) })}`,
    live: `${app}/live`,
    socket: `/live/${encodeURIComponent(slug)}`,

    simulator: (number: string, query: { persona?: string; view?: string } = {}) => `${app}/simulator/${number}${q(query)}`,
    simulatorWrite: (number: string) => `${app}/simulator/${number}/messages`,
    simulatorFault: (number: string) => `${app}/simulator/${number}/faults`,
    simulatorMedia: (number: string) => `${app}/simulator/${number}/media`,
    simulatorPeople: (number: string) => `${app}/simulator/${number}/people`,
    simulatorShown: (number: string) => `${app}/simulator/${number}/shown`,

    alerts: (show?: string) => `${whatsapp}/notifications${q({ show })}`,
    alertsRead: `${whatsapp}/notifications/read`,
    alertRead: (id: string) => `${whatsapp}/notifications/${id}/read`,

    agents: `${app}/agents`,
    agent: (id: string, tab?: string, of?: 'draft') => `${app}/agents/${id}${q({ tab, of })}`,
    newAgent: (kind?: string) => `${app}/agents/new${q({ kind })}`,
    agentState: (id: string) => `${app}/agents/${id}/state`,
    agentDraft: (id: string) => `${app}/agents/${id}/draft`,
    agentConnect: (id: string, way?: string, typed?: '1') => `${app}/agents/${id}/connect${q({ way, typed })}`,
    agentBinding: (id: string) => `${app}/agents/${id}/bindings`,

    channels: `${app}/settings/channels`,
    connection: (id: string, tab?: string) => `${connection(id)}${q({ tab })}`,
    connectionState: (id: string) => `${connection(id)}/state`,
    connectionCheck: (id: string) => `${connection(id)}/check`,
    connectionLogs: (id: string, filter: { level?: string; text?: string; before?: string } = {}) => `${connection(id)}${q({ tab: 'logs', ...filter })}`,
    logsExport: (id: string, filter: { level?: string; text?: string } = {}) => `${connection(id)}/logs.csv${q(filter)}`,
    subscribe: (id: string) => `${connection(id)}/subscribe`,
    handOff: (id: string, secrets?: '1') => `${connection(id)}/hand-off${q({ secrets })}`,
    handOffLink: (id: string) => `${connection(id)}/hand-off/link`,
    guide: (plugin: string) => `${app}/settings/channels/guides/${encodeURIComponent(plugin)}`,
    rotate: (id: string) => `${connection(id)}/rotate`,
    templates: (id: string, filter: { status?: string; search?: string; after?: string } = {}) => `${connection(id)}${q({ tab: 'templates', ...filter })}`,
    templatesExport: (id: string, filter: { status?: string; search?: string } = {}) => `${connection(id)}/templates.csv${q(filter)}`,
    templatesSync: (id: string) => `${connection(id)}/templates/sync`,
    newTemplate: (id: string) => `${connection(id)}/templates/new`,
    deleteTemplate: (id: string, template: string) => `${connection(id)}/templates/${template}/delete`,
    deliveries: (filter: { state?: string; connection?: string; after?: string } = {}) => `${app}/settings/deliveries${q(filter)}`,
    deliveriesExport: (filter: { state?: string; connection?: string } = {}) => `${app}/settings/deliveries.csv${q(filter)}`,
    delivery: (id: string) => `${app}/settings/deliveries/${id}`,
    replay: (id: string) => `${app}/settings/deliveries/${id}/replay`,
    members: `${app}/settings/members`,
    about: `${app}/settings/about`,

    profile: `${app}/me`,
    language: `${app}/me/language`,
    theme: `${app}/me/theme`,
    password: `${app}/me/password`,
    endLogin: (id: string) => `${app}/me/logins/${id}/end`,
    endLogins: `${app}/me/logins/end`,
    styleguide: `${app}/styleguide`,
  } as const;
}

export type Paths = ReturnType<typeof paths>;

/** Addresses outside any tenant. */
export const outside = { login: '/login', logout: '/logout', setup: '/setup', language: '/language', handOff: '/hand-off' } as const;
