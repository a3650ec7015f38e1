/** A signed-in person with a browser of few features: forms, cookies and nothing else. */
export interface Operator {
  get(path: string): Promise<{ status: number; text: string }>;
  /** Opens a page and posts a form with its token. */
  submit(page: string, path: string, form: Record<string, string>): Promise<number>;
}

export const owner = { email: 'owner@acme.example', name: 'Olga', role: 'owner', password: 'a long enough password' };

export async function signIn(url: string): Promise<Operator> {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, {
      ...init, redirect: 'manual',
      headers: { accept: 'text/html', origin: url, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...(init.method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }) },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return { status: answer.status, text: await answer.text() };
  };
  const operator: Operator = {
    get: (path) => send(path),
    async submit(page, path, form) {
      const { status, text } = await send(page);
      const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
      if (!token) throw new Error(`no form on ${page}: ${status}`);
      return (await send(path, { method: 'POST', body: new URLSearchParams({ ...form, _csrf: token }).toString() })).status;
    },
  };
  const status = await operator.submit('/login', '/login', { email: owner.email, password: owner.password });
  if (status !== 303) throw new Error(`signing in was answered with ${status}`);
  return operator;
}
