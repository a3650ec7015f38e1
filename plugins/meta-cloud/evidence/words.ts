/** How Meta's documents shape a webhook, with names and numbers invented. */
export const pages = 'developers.facebook.com/documentation/business-messaging/whatsapp';
export const inbound = `${pages}/webhooks/reference/messages`;
export const account = '108100000000001';
export const seconds = 1767225600;
export const at = seconds * 1000;

export const phone = { kind: 'phone', value: '628120000002' };
export const user = { kind: 'user', value: 'ID.13491208655302741918' };
export const ana = '{"profile":{"name":"Ana"},"wa_id":"628120000002"}';
export const metadata = `"messaging_product":"whatsapp","metadata":{"display_phone_number":"628110000001","phone_number_id":"${account}"}`;

export interface Evidence {
  name: string;
  source: string;
  body: string;
  expect: unknown[];
}

export const entry = (...changes: string[]) => `{"id":"102000000000001","changes":[${changes.join(',')}]}`;
export const post = (...entries: string[]) => `{"object":"whatsapp_business_account","entry":[${entries.join(',')}]}`;
export const change = (value: string, field = 'messages') => `{"field":"${field}","value":{${value}}}`;
export const field = (name: string, value: string) => `{"object":"whatsapp_business_account","entry":[{"id":"102000000000001","time":${seconds},"changes":[{"field":"${name}","value":${value}}]}]}`;
export const messages = (list: string, contacts = ana) => post(entry(change(`${metadata},"contacts":[${contacts}],"messages":[${list}]`)));
export const element = (id: string, rest: string) => `{"from":"628120000002","id":"${id}","timestamp":"${seconds}",${rest}}`;

/** One message of Ana's, whose body is `rest`, and the content it is. */
export function message(name: string, page: string, id: string, rest: string, content: object, more: object = {}): Evidence {
  return {
    name,
    source: `${inbound}/${page}`,
    body: messages(element(id, rest)),
    expect: [{ kind: 'message', id, account, at, from: [phone], name: 'Ana', content, ...more }],
  };
}
