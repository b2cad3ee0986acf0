import { isIP } from 'node:net';
import type { Clock, Log, Random } from '@wardgrid/base';
import { AgentError } from '../errors.ts';
import type { EnrolmentKey } from './enrolment-key.ts';
import { waitAfterMs } from './pace.ts';
import { fetchCa, fingerprintOf, pinCa, readPinnedCa } from './trust-anchor.ts';

/** What deciding whom to trust needs. */
export interface TrustOptions {
  readonly controllerUrl: string;
  readonly dataPath: string;
  readonly enrolmentKey: EnrolmentKey | null;
  /** An enrolled device keeps what it pinned, whatever key it is given. */
  readonly isEnrolled: boolean;
  readonly isPlainHttpAllowed: boolean;
  /** False to give up when the controller cannot be reached. */
  readonly isPatient: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * The CA to trust for a controller: the pinned one, or the one that the enrolment key names and that
 * is then pinned, or null for the system's. @throws AgentError `controller-insecure` for plain HTTP
 * over a network, `controller-untrusted` when the controller is not the key's.
 */
export async function trustController(
  options: TrustOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const { controllerUrl, dataPath, enrolmentKey, isEnrolled } = options;
  if (!controllerUrl.startsWith('https:')) {
    refuseInsecure(controllerUrl, options.isPlainHttpAllowed);
    return null;
  }
  const pinned = readPinnedCa(dataPath);
  const fingerprint = enrolmentKey?.caFingerprint ?? null;
  if (isEnrolled || fingerprint === null) return pinned;
  if (pinned !== null && fingerprintOf(pinned) === fingerprint) return pinned;
  const ca = await fetchPatiently(options, fingerprint, signal);
  pinCa(dataPath, ca);
  return ca;
}

/** @throws AgentError `controller-insecure` for plain HTTP that leaves this machine. */
export function refuseInsecure(controllerUrl: string, isAllowed: boolean): void {
  if (isAllowed || isLoopback(new URL(controllerUrl).hostname)) return;
  throw new AgentError(
    'controller-insecure',
    `'${controllerUrl}' is not encrypted: use https, or --allow-plain-http on a network you trust`,
  );
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare === 'localhost';
}

async function fetchPatiently(
  options: TrustOptions,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await fetchCa(options.controllerUrl, fingerprint, signal);
    } catch (error) {
      signal.throwIfAborted();
      const isUnreachable = error instanceof AgentError && error.code === 'controller-unreachable';
      if (!isUnreachable || !options.isPatient) throw error;
      if (failures === 0)
        options.log.warn('the controller was not reached', { reason: error.message });
      await options.clock.sleep(waitAfterMs(error, failures, options.random), signal);
    }
  }
}
