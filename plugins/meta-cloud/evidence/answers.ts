/** What the Graph API answers to a message: its reference of POST /{phone number id}/messages, and of the error codes. */
const yes = '{"messaging_product":"whatsapp","contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"wamid.HBgLNjI4"}]}';
const graphError = (code: number, message: string, more = '') =>
  `{"error":{"message":"(#${code}) ${message}","type":"OAuthException","code":${code},${more}"fbtrace_id":"AbC"}}`;
const details = (text: string) => `"error_data":{"messaging_product":"whatsapp","details":"${text}"},`;
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const page = '<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>';

export const answers = [
  { name: 'yes', status: 200, headers: json, body: yes, expect: { accepted: { refs: ['wamid.HBgLNjI4'] } } },
  {
    name: 'yes, to a number that is written in another way',
    status: 200,
    headers: json,
    body: '{"messaging_product":"whatsapp","contacts":[{"input":"5511987654321","wa_id":"551187654321","user_id":"BR.1"}],"messages":[{"id":"wamid.BR"}]}',
    expect: { accepted: { refs: ['wamid.BR'], learned: [{ kind: 'phone', value: '551187654321' }, { kind: 'user', value: 'BR.1' }] } },
  },
  { name: 'yes, a template held for its quality', status: 200, headers: json, body: '{"messaging_product":"whatsapp","contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"wamid.HELD","message_status":"held_for_quality_assessment"}]}', expect: { accepted: { refs: ['wamid.HELD'] } } },
  { name: 'a dead token', status: 401, headers: json, body: graphError(190, 'Error validating access token', '"error_subcode":463,'), expect: { rejected: { code: '190', scope: 'connection' } } },
  { name: 'a user that cannot be authenticated', status: 401, headers: json, body: graphError(0, 'AuthException'), expect: { rejected: { code: '0', scope: 'connection' } } },
  { name: 'a permission that is missing', status: 403, headers: json, body: graphError(200, 'No permission'), expect: { rejected: { code: '200', scope: 'connection' } } },
  { name: 'another permission that is missing', status: 400, headers: json, body: graphError(299, 'No permission'), expect: { rejected: { code: '299', scope: 'connection' } } },
  { name: 'an account that is locked', status: 403, headers: json, body: graphError(131031, 'Account has been locked'), expect: { rejected: { code: '131031', scope: 'connection' } } },
  { name: 'a phone number id that does not exist', status: 400, headers: json, body: graphError(100, 'Unsupported post request', '"error_subcode":33,'), expect: { rejected: { code: '100', scope: 'number' } } },
  { name: 'a number that is not registered', status: 400, headers: json, body: graphError(133010, 'Phone number not registered'), expect: { rejected: { code: '133010', scope: 'number' } } },
  { name: 'a parameter that is wrong', status: 400, headers: json, body: graphError(131009, 'Parameter value is not valid', details('Button title length invalid.')), expect: { rejected: { code: '131009', said: 'Button title length invalid.', scope: 'message' } } },
  { name: 'a person who cannot be reached', status: 400, headers: json, body: graphError(131026, 'Message undeliverable'), expect: { rejected: { code: '131026', scope: 'contact' } } },
  { name: 'a person who stopped marketing', status: 400, headers: json, body: graphError(131050, 'User has stopped marketing messages'), expect: { rejected: { code: '131050', scope: 'contact' } } },
  { name: 'the window is closed', status: 400, headers: json, body: graphError(131047, 'Re-engagement message'), expect: { rejected: { code: '131047', scope: 'message' } } },
  { name: 'a template that does not exist', status: 404, headers: json, body: graphError(132001, 'Template name does not exist in the translation'), expect: { rejected: { code: '132001', scope: 'template' } } },
  { name: 'a code of the future', status: 400, headers: json, body: graphError(199999, 'Never heard of'), expect: { rejected: { code: '199999', scope: 'message' } } },
  { name: 'a code of the future that will pass', status: 400, headers: json, body: graphError(199998, 'Never heard of', '"is_transient":true,'), expect: { retry: { code: '199998', scope: 'pair' } } },
  { name: 'too much to one person', status: 400, headers: json, body: graphError(131056, 'Pair rate limit hit'), expect: { retry: { code: '131056', scope: 'pair', afterMs: 6000 } } },
  { name: 'too much from one number', status: 400, headers: { ...json, 'retry-after': '7' }, body: graphError(130429, 'Rate limit hit'), expect: { retry: { code: '130429', scope: 'number', afterMs: 7000 } } },
  { name: 'too much of the app', status: 400, headers: json, body: graphError(4, 'Application request limit reached'), expect: { retry: { code: '4', scope: 'connection' } } },
  { name: 'too much of the account', status: 400, headers: json, body: graphError(80007, 'Rate limit issues'), expect: { retry: { code: '80007', scope: 'connection' } } },
  { name: 'too much, without a word', status: 429, headers: { 'retry-after': '3' }, body: '', expect: { retry: { code: 'http-429', scope: 'number', afterMs: 3000 } } },
  { name: 'a fault of its own', status: 500, headers: json, body: graphError(131000, 'Something went wrong'), expect: { retry: { code: '131000', scope: 'pair' } } },
  { name: 'a service that is away', status: 503, headers: json, body: graphError(2, 'Service temporarily unavailable', '"is_transient":true,'), expect: { retry: { code: '2', scope: 'number' } } },
  { name: 'a fault of its own without a code', status: 500, headers: json, body: '{"error":{"message":"Something"}}', expect: { retry: { code: 'http-500' } } },
  { name: 'a page of a proxy', status: 502, headers: html, body: page, expect: 'silence' },
  { name: 'a fault without a body', status: 500, body: '', expect: 'silence' },
  { name: 'yes in no language', status: 200, headers: json, body: '{"messaging_product":"whatsapp","mess', expect: 'silence' },
  { name: 'yes without a word', status: 200, headers: json, body: '', expect: 'silence' },
  { name: 'yes without an id', status: 200, headers: json, body: '{"messaging_product":"whatsapp","messages":[]}', expect: 'silence' },
  { name: 'yes with an error in it', status: 200, headers: json, body: graphError(131026, 'Message undeliverable'), expect: { rejected: { code: '131026' } } },
  { name: 'a way to another place', status: 302, headers: { location: 'https://login.example.test/' }, body: '', expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a page that is not there', status: 404, headers: html, body: page, expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a door that is shut', status: 401, headers: html, body: page, expect: { rejected: { code: 'http-401', scope: 'connection' } } },
];
