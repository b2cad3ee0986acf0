/**
 * What an open port serves, by listening first and asking harmless questions after. It owns the
 * probes and the parsers of their answers, which read hostile bytes; it must not send credentials,
 * write anything, or send one byte to a printer port.
 */
import { createStop } from '../control.ts';
import type { Recognition, ScanControl } from '../shapes.ts';
import { isVncOpen } from './binary.ts';
import { converse, type Heard, type Patience } from './conversation.ts';
import { bannerOf, parseGreeting } from './greetings.ts';
import { approachOf, type Approach, type Probe } from './probes.ts';
import { serviceNameOf } from './service-names.ts';

export { serviceNameOf } from './service-names.ts';

/** What recognition takes. */
export interface RecogniseRequest extends Pick<ScanControl, 'signal' | 'clock'> {
  readonly address: string;
  readonly port: number;
}

/** One port may cost this long, whatever it does. */
const TOTAL_MS = 8000;

/** A mail server that looks up our name first greets late; most greet at once. */
const GREETING_MS = 1200;

/** Where the client is known to speak first a greeting is only a surprise. */
const GREETING_SHORT_MS = 150;

const REPLY_MS = 1500;

/** Recognises the service behind an open port. Never fails: what says nothing is named by its number. */
export async function recogniseService(request: RecogniseRequest): Promise<Recognition> {
  const { address, port, clock } = request;
  const stop = createStop(clock, request.signal, TOTAL_MS);
  const approach = approachOf(port);
  const asking: Asking = { address, port, approach, patience: { clock, signal: stop.signal } };
  const fallback = { service: serviceNameOf(port) };
  try {
    if (approach.isSilent) return (await listenOnly(asking)) ?? fallback;
    const order = approach.isTlsFirst ? [askTls, askPlain] : [askPlain, askTls];
    let best: Recognition = fallback;
    for (const ask of order) {
      const answer = await ask(asking);
      if (answer?.isCertain) return await withFollowUp(asking, answer.recognition);
      if (answer) best = answer.recognition;
    }
    return best;
  } finally {
    stop.release();
  }
}

interface Asking {
  readonly address: string;
  readonly port: number;
  readonly approach: Approach;
  readonly patience: Patience;
}

interface Answer {
  readonly recognition: Recognition;
  /** Whether asking on is pointless. */
  readonly isCertain: boolean;
}

async function listenOnly({ address, port, patience }: Asking): Promise<Recognition | undefined> {
  const heard = await converse(
    { address, port, greetingMs: GREETING_SHORT_MS, replyMs: 0 },
    patience,
  );
  const banner = heard && bannerOf(heard.greeting);
  return banner === undefined ? undefined : { service: serviceNameOf(port), banner };
}

async function askPlain(asking: Asking): Promise<Answer | undefined> {
  let greetingMs = plainGreetingMs(asking.approach);
  let spoken: Answer | undefined;
  for (const probe of asking.approach.probes) {
    const heard = await ask(asking, probe, { isTls: false, greetingMs });
    if (!heard) return spoken;
    const answer = readAnswer(asking, probe, heard);
    if (answer?.isCertain && !isPlainOnTls(heard.reply)) return answer;
    spoken ??= answer && { ...answer, isCertain: false };
    greetingMs = 0;
  }
  return spoken;
}

function plainGreetingMs({ isClientFirst, isTlsFirst }: Approach): number {
  return isClientFirst || isTlsFirst ? GREETING_SHORT_MS : GREETING_MS;
}

async function askTls(asking: Asking): Promise<Answer | undefined> {
  let shown: Recognition | undefined;
  for (const probe of asking.approach.probes) {
    const heard = await ask(asking, probe, { isTls: true, greetingMs: GREETING_SHORT_MS });
    if (!heard) break;
    const answer = readAnswer(asking, probe, heard);
    const tls = heard.tls ? { tls: heard.tls } : {};
    if (answer?.isCertain) {
      const { recognition } = answer;
      const service = recognition.service === 'http' ? 'https' : recognition.service;
      return { recognition: { ...recognition, ...tls, service }, isCertain: true };
    }
    const named = serviceNameOf(asking.port);
    shown ??= { service: named === 'unknown' ? 'tls' : named, ...answer?.recognition, ...tls };
  }
  return shown && { recognition: shown, isCertain: true };
}

function ask(
  { address, port, patience }: Asking,
  { send }: Probe,
  way: { readonly isTls: boolean; readonly greetingMs: number },
): Promise<Heard | undefined> {
  return converse({ address, port, send, replyMs: REPLY_MS, ...way }, patience);
}

function readAnswer({ port }: Asking, probe: Probe, heard: Heard): Answer | undefined {
  const known =
    parseGreeting(heard.greeting) ?? probe.parse(heard.reply) ?? parseGreeting(heard.reply);
  if (known) return { recognition: known, isCertain: true };
  const banner = bannerOf(heard.greeting) ?? bannerOf(heard.reply);
  if (banner === undefined) return undefined;
  /* A greeting that we cannot place is an answer all the same: more questions would not help. */
  return {
    recognition: { service: serviceNameOf(port), banner },
    isCertain: heard.greeting.length > 0,
  };
}

/** Web servers answer plain HTTP on a TLS port with a 400 that says so. */
function isPlainOnTls(reply: Buffer): boolean {
  return /^HTTP\/1\.[01] 400 [\s\S]{0,2000}(?:HTTPS|SSL|TLS)/.test(reply.toString('latin1'));
}

/** A VNC server tells only on a second visit whether it lets strangers in. */
async function withFollowUp(asking: Asking, recognition: Recognition): Promise<Recognition> {
  if (recognition.service !== 'vnc') return recognition;
  const { address, port, patience } = asking;
  const send = Buffer.from('RFB 003.008\n');
  const heard = await converse(
    { address, port, send, isAfterGreeting: true, greetingMs: GREETING_MS, replyMs: REPLY_MS },
    patience,
  );
  const isUnauthenticated = heard && isVncOpen(heard.reply);
  return isUnauthenticated === undefined ? recognition : { ...recognition, isUnauthenticated };
}
