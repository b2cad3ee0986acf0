import { JobError, type JobHandler } from '../job.ts';
import type { InventoryReports } from '../../reports/inventory-reports.ts';

/** Collects the sections that the order names and reports them whether or not they changed. */
export function createInventoryHandler(
  reports: Pick<InventoryReports, 'report'>,
): JobHandler<'inventory'> {
  return async (task, context) => {
    const startMs = context.clock.monotonic();
    const sections = [...new Set(task.arguments.sections)];
    const total = sections.length;
    context.progress({ phase: 'inventory', done: 0, total, found: 0, etaMs: null });
    const report = await reports.report(sections, context.signal, true);
    if (report.sections < total) {
      throw new JobError('inventory-failed', `${total - report.sections} sections cannot be read`);
    }
    const durationMs = Math.round(context.clock.monotonic() - startMs);
    return { summary: { sections: report.sections, durationMs }, coverage: null };
  };
}
