import type { Transport } from '@wardgrid/wire';

/** Carries requests as a browser that is signed in does. */
export interface CookieTransport {
  readonly transport: Transport;
  readonly cookies: ReadonlyMap<string, string>;
}

/** A transport that keeps the cookies and the CSRF token it is given. */
export function createCookieTransport(): CookieTransport {
  const cookies = new Map<string, string>();
  let csrfToken = '';
  const transport: Transport = async (url, request) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...request.headers, cookie, 'x-wardgrid-csrf': csrfToken };
    const response = await fetch(url, { ...request, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const text = await response.text();
    csrfToken = /"csrfToken":"([^"]+)"/.exec(text)?.[1] ?? csrfToken;
    return { status: response.status, headers: response.headers, text: async () => text };
  };
  return { transport, cookies };
}
