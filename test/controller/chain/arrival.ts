import { systemClock } from '@wardgrid/base/system';
import type { SignedIn, TestController } from '../harness.ts';

const TRIES_MAX = 100;
const AGAIN_MS = 200;

/** Signs in at a controller as soon as the account, that was made above it, has come there. */
export async function signInAt(controller: TestController, email: string): Promise<SignedIn> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await controller.signIn(email);
    } catch (error) {
      if (tries > TRIES_MAX) throw error;
      await systemClock.sleep(AGAIN_MS, AbortSignal.timeout(10_000));
    }
  }
}
