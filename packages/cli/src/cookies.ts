/** The cookies of one short talk, in memory alone: set-up signs in with them to make its token. */
export interface CookieJar {
  /** Takes the `set-cookie` lines of an answer. */
  readonly keep: (lines: readonly string[]) => void;
  /** The headers that give them back. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly clear: () => void;
}

/** More cookies than a controller of ours sets. */
const COOKIES_MAX = 20;

/** A jar. The talk goes to one origin, so names and values are all that matters (RFC 6265, 5.2). */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>();
  return {
    keep(lines) {
      for (const line of lines.slice(0, COOKIES_MAX)) {
        const [pair = ''] = line.split(';', 1);
        const [name = '', ...rest] = pair.split('=');
        cookies.set(name.trim(), rest.join('=').trim());
      }
    },
    headers() {
      if (cookies.size === 0) return {};
      return { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    },
    clear: () => cookies.clear(),
  };
}
