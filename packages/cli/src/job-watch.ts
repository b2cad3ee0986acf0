import { visibleText } from '@wardgrid/base';
import type { Job } from '@wardgrid/wire';
import type { Invocation } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { CliError, ExitCode } from './errors.ts';
import { createJobProgressView, durationText } from './job-progress.ts';

/** How often a watched job is read: the agent itself reports about once a second. */
const POLL_MS = 700;
/** A watch outlives a controller that restarts: so many readings in a row may fail. */
const FAILURES_MAX = 20;

/** Follows a job to its end: 0 when it succeeded, else 1. Ctrl-C ends the watch, not the job. */
export async function watchJob(
  invocation: Invocation,
  connection: Connection,
  jobId: string,
): Promise<ExitCode> {
  const { output, machine } = invocation;
  const view = createJobProgressView(output);
  try {
    const job = await followJob(invocation, connection, { jobId, onChange: view.show });
    view.end();
    if (output.mode === 'json') output.document(job, () => '');
    output.line(endText(job));
    return job.state === 'succeeded' ? ExitCode.ok : ExitCode.error;
  } catch (error) {
    view.end();
    if (machine.signal.aborted) {
      output.note(`the job goes on; watch it again with: wardgrid jobs watch ${jobId}`);
    }
    throw error;
  }
}

async function followJob(
  { machine }: Invocation,
  { call, wire }: Connection,
  given: { readonly jobId: string; readonly onChange: (job: Job, isLast: boolean) => void },
): Promise<Job> {
  const params = wire.jobRoutes.read.params.parse({ id: given.jobId });
  let failures = 0;
  for (;;) {
    try {
      const job = await call(wire.jobRoutes.read, { params });
      failures = 0;
      const isLast = wire.JOB_STATES_FINAL.has(job.state);
      given.onChange(job, isLast);
      if (isLast) return job;
    } catch (error) {
      failures += 1;
      const isPassing = error instanceof CliError && error.code === 'controller-unreachable';
      if (!isPassing || failures > FAILURES_MAX) throw error;
    }
    await machine.clock.sleep(POLL_MS, machine.signal);
  }
}

function endText(job: Job): string {
  const spanMs =
    job.finishedAt === null ? 0 : Date.parse(job.finishedAt) - Date.parse(job.createdAt);
  const numbers = Object.entries(job.summary ?? {}).map(([name, count]) => `${name} ${count}`);
  const reason = job.error ? `: ${job.error.detail} (${job.error.code})` : '';
  const result = numbers.length > 0 ? `: ${numbers.join(', ')}` : '';
  return visibleText(`${job.state} after ${durationText(spanMs)}${reason}${result}`);
}
