import { containsIp, parseCidr } from '@wardgrid/base';
import { CliError, usageError } from './errors.ts';

/** Where `npm start` and `wardgrid controller` listen unless told otherwise. */
export const DEFAULT_CONTROLLER_URL = 'http://127.0.0.1:7480';

const LOOPBACK = parseCidr('127.0.0.0/8');

/**
 * The address of a controller without a slash at the end. @throws CliError `usage` when it is none,
 * `controller-insecure` when a token would cross a network in clear text.
 */
export function parseControllerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError(`'${text}' is not the address of a controller, such as https://grid.example`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageError('the address of a controller holds no password, query or fragment');
  }
  if (url.pathname !== '/') {
    throw usageError(`'${text}' has a path; a controller stands at the root of its host`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new CliError(
      'controller-insecure',
      `'${text}' would carry the token in clear text; use https:// (http:// is for loopback only)`,
    );
  }
  return url.origin;
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '[::1]') return true;
  return LOOPBACK !== undefined && containsIp(LOOPBACK, host);
}
