/** What the installation names must be declared, and what is declared must be declared once. */
import type { Code, SwitchboardError } from '../core/errors.ts';
import { defaultPlugins } from './plugins.ts';
import type { Settings, TenantDeclaration } from './schema.ts';

/** Makes the error; the place comes first in its sentence. */
type Refuse = (code: Code, place: string, rest: string) => SwitchboardError;

export function checkReferences(settings: Settings, refuse: Refuse): void {
  const { tenants } = settings;
  once(tenants.map((tenant, t) => [`tenants[${t}].slug`, tenant.slug]), refuse, 'CONFIG_INVALID');
  once(tenants.flatMap((tenant, t) => tenant.apiKeys.map((apiKey, k) => [`tenants[${t}].apiKeys[${k}].key`, apiKey.key])), refuse, 'CONFIG_INVALID');
  once(tenants.flatMap((tenant, t) => tenant.connections.map((connection, c) => [`tenants[${t}].connections[${c}].webhookKey`, connection.webhookKey])), refuse, 'CONFIG_INVALID');
  once(tenants.flatMap((tenant, t) => accountsOf(tenant, `tenants[${t}]`)), refuse, 'CONFIG_INVALID');
  tenants.forEach((tenant, t) => checkTenant(tenant, `tenants[${t}]`, settings.plugins, refuse));
}

function checkTenant(tenant: TenantDeclaration, at: string, plugins: string[], refuse: Refuse): void {
  if (!knownTimeZone(tenant.timeZone)) throw refuse('CONFIG_INVALID', `${at}.timeZone`, 'is no time zone that exists; write an IANA name such as Asia/Jakarta.');
  once(tenant.users.map((user, u) => [`${at}.users[${u}].email`, user.email.toLowerCase()]), refuse, 'CONFIG_INVALID');
  once(tenant.apiKeys.map((apiKey, k) => [`${at}.apiKeys[${k}].name`, apiKey.name]), refuse, 'CONFIG_INVALID');
  once(tenant.connections.map((connection, c) => [`${at}.connections[${c}].key`, connection.key]), refuse, 'CONFIG_INVALID');
  once(tenant.agents.map((agent, a) => [`${at}.agents[${a}].key`, agent.key]), refuse, 'CONFIG_INVALID');

  tenant.connections.forEach((connection, c) => checkPlugin(connection.plugin, `${at}.connections[${c}].plugin`, plugins, refuse));
  tenant.agents.forEach((agent, a) => checkPlugin(agent.plugin, `${at}.agents[${a}].plugin`, plugins, refuse));

  const agents = new Map(tenant.agents.map((agent) => [agent.key, agent]));
  tenant.numbers.forEach((number, n) => {
    const here = `${at}.numbers[${n}]`;
    if (!tenant.connections.some((connection) => connection.key === number.connection)) {
      throw refuse('CONFIG_REFERENCE', `${here}.connection`, `names "${number.connection}", which is no connection of this tenant; declare it under ${at}.connections or correct the name.`);
    }
    number.bindings.forEach((binding, b) => {
      const agent = agents.get(binding.agent);
      if (!agent) throw refuse('CONFIG_REFERENCE', `${here}.bindings[${b}].agent`, `names "${binding.agent}", which is no agent of this tenant; declare it under ${at}.agents or correct the name.`);
      if (!agent.channels.includes('whatsapp')) {
        throw refuse('CONFIG_REFERENCE', `${here}.bindings[${b}].agent`, `names "${binding.agent}", which is not enabled for WhatsApp; add "whatsapp" to its channels.`);
      }
    });
    once(number.bindings.map((binding, b) => [`${here}.bindings[${b}]`, `${binding.agent} ${binding.environment}`]), refuse, 'CONFIG_INVALID');
    const [, second] = number.bindings.flatMap((binding, b) => (binding.inbound ? [`${here}.bindings[${b}].inbound`] : []));
    if (second !== undefined) throw refuse('CONFIG_INVALID', second, 'is on although another binding takes this number’s inbound traffic; set it to false on all but one.');
  });
}

/** A plugin listed by path or package has a name that only its code knows, so only a list of our own names can be judged here. */
function checkPlugin(name: string, place: string, plugins: string[], refuse: Refuse): void {
  if (plugins.includes(name) || plugins.some((entry) => !defaultPlugins.includes(entry))) return;
  throw refuse('CONFIG_REFERENCE', place, `names "${name}", which is not loaded; add it to plugins or correct the name.`);
}

/** A number is (plugin, account), once in the whole installation. */
function accountsOf(tenant: TenantDeclaration, at: string): [string, string | undefined][] {
  const pluginOf = new Map(tenant.connections.map((connection) => [connection.key, connection.plugin]));
  return tenant.numbers.map((number, n) => [`${at}.numbers[${n}].account`, `${pluginOf.get(number.connection) ?? number.connection} ${number.account}`]);
}

function once(places: [string, string | undefined][], refuse: Refuse, code: Code): void {
  const seen = new Map<string, string>();
  for (const [place, value] of places) {
    if (value === undefined) continue;
    const first = seen.get(value);
    if (first !== undefined) throw refuse(code, place, `is the same as ${first}; each must be different.`);
    seen.set(value, place);
  }
}

function knownTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
