import * as z from 'zod';
import { Email, Name, text } from './primitives.ts';
import { route } from './route.ts';
import { Session } from './sessions.ts';

/** Shortest and longest password. The upper bound keeps hashing bounded (NIST SP 800-63B asks for at least 64). */
export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 256;

/** A password as typed. Its strength is judged by the controller. */
export const Password = z.string().min(1).max(PASSWORD_LENGTH_MAX);

export const SetupState = z.strictObject({
  /** Whether the first admin has still to be made. */
  isOpen: z.boolean(),
});

/** First-run set-up: three fields make the Global Admin, the first tenant and its first organization. */
export const SetupRequest = z.strictObject({
  /** The one-time token of the set-up link. */
  token: text(100),
  email: Email,
  password: Password,
  organizationName: Name,
});
export type SetupRequest = z.infer<typeof SetupRequest>;

export const setupRoutes = {
  read: route({
    method: 'GET',
    path: '/v1/setup',
    summary: 'Whether first-run set-up is open',
    response: SetupState,
    permission: null,
  }),
  create: route({
    method: 'POST',
    path: '/v1/setup',
    summary: 'Do the first-run set-up and sign in',
    body: SetupRequest,
    response: Session,
    status: 201,
    permission: null,
    problems: ['setup-closed', 'setup-token-invalid', 'account-password-weak'],
  }),
};
