import { API_PREFIX, sessionRoutes } from '@wardgrid/wire';

/* Cookie names carry their protection: browsers accept `__Host-` and `__Secure-` only with Secure,
   so that neither plain HTTP nor a neighbouring subdomain can plant one (RFC 6265bis 4.1.3). Plain
   names exist for plain HTTP on loopback alone, and are not looked at when there is TLS. */

/** The refresh token travels to its own route and nowhere else. */
const REFRESH_PATH = `${API_PREFIX}${sessionRoutes.refresh.path}`;

export function accessCookieName(isSecure: boolean): string {
  return isSecure ? '__Host-wardgrid-access' : 'wardgrid-access';
}

export function refreshCookieName(isSecure: boolean): string {
  return isSecure ? '__Secure-wardgrid-refresh' : 'wardgrid-refresh';
}

/** Attributes as `@fastify/cookie` takes them. */
export interface CookieOptions {
  readonly path: string;
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict';
  readonly maxAge: number;
}

/** Lax, so that a link in a mail opens the console signed in; unsafe requests need a token besides. */
export function accessCookieOptions(isSecure: boolean, maxAgeSeconds: number): CookieOptions {
  return { path: '/', httpOnly: true, secure: isSecure, sameSite: 'lax', maxAge: maxAgeSeconds };
}

export function refreshCookieOptions(isSecure: boolean, maxAgeSeconds: number): CookieOptions {
  return {
    path: REFRESH_PATH,
    httpOnly: true,
    secure: isSecure,
    sameSite: 'strict',
    maxAge: maxAgeSeconds,
  };
}
