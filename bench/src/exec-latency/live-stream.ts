import { LIVE_STREAM_PATH } from '@wardgrid/wire';
import type { ControllerProcess } from '../controller-process.ts';

/** Tells of changes as a console hears them. */
export interface LiveStream {
  /** Resolves with the next change of this noun after the call. */
  readonly next: (noun: string) => Promise<void>;
}

/** Opens the live stream of the controller; ends with the signal. */
export async function openLiveStream(
  { url, cookies }: Pick<ControllerProcess, 'url' | 'cookies'>,
  signal: AbortSignal,
): Promise<LiveStream> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url + LIVE_STREAM_PATH, { headers: { cookie }, signal });
  const waiting = new Map<string, (() => void)[]>();
  const hear = (line: string): void => {
    const noun = /"noun":"([^"]+)"/.exec(line)?.[1] ?? '';
    const woken = waiting.get(noun) ?? [];
    waiting.delete(noun);
    for (const wake of woken) wake();
  };
  void readLines(response, hear).catch(() => undefined);
  return {
    next: (noun) =>
      new Promise((resolve) => {
        waiting.set(noun, [...(waiting.get(noun) ?? []), resolve]);
      }),
  };
}

async function readLines(response: Response, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
}
