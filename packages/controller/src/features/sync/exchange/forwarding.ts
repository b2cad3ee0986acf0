import { JoinResponse, SYNC_JOIN_PATH, type ForwardedJoin } from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import { jsonBody, UpstreamError, type Talk, type UpstreamPeer } from './talk.ts';

/** Hands a join on. @throws ControllerError as the one above answers, `upstream-unreachable`. */
export async function forwardJoin(
  talk: Talk,
  upstream: UpstreamPeer | undefined,
  join: ForwardedJoin,
): Promise<JoinResponse> {
  if (!upstream) throw new ControllerError('upstream-unreachable', 'nobody is above');
  const request = { path: SYNC_JOIN_PATH, body: jsonBody(join), type: 'application/json' };
  const stopping = new AbortController();
  try {
    const reply = await talk.ask(upstream, request, stopping.signal);
    return JoinResponse.parse(JSON.parse(reply.toString('utf8')));
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.code === 'refused') {
      throw new ControllerError('join-refused', error.message, { cause: error });
    }
    throw new ControllerError('upstream-unreachable', error.message, {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
}
