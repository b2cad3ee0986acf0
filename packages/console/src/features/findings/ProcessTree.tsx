import type { ProcessNode } from '@wardgrid/wire';
import { t } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Time } from '../../ui/Time.tsx';
import { processTreeOf } from './process-tree.ts';

/** How far one level is set in, and where setting in ends so that deep trees stay readable. */
const INDENT_REM = 1.1;
const DEPTH_SHOWN_MAX = 12;

/** Who started whom, down to the process that a finding is about, which is marked. */
export function ProcessTree(properties: {
  readonly processes: readonly ProcessNode[];
  /** The entity of the process it is about. */
  readonly subjectId: string | undefined;
}) {
  const { processes, subjectId } = properties;
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{t('process.program')}</th>
          <th scope="col">{t('process.pid')}</th>
          <th scope="col">{t('process.user')}</th>
          <th scope="col">{t('field.startedAt')}</th>
        </tr>
      </thead>
      <tbody>
        {processTreeOf(processes).map(({ process, depth }, index) => (
          <tr key={index} className={process.entityId === subjectId ? 'bg-bad-soft' : undefined}>
            <td>
              <div style={{ paddingLeft: `${Math.min(depth, DEPTH_SHOWN_MAX) * INDENT_REM}rem` }}>
                <p className="break-all">
                  {depth > 0 && <span aria-hidden="true">└ </span>}
                  <Hostile text={process.executable} isMono />
                </p>
                <p className="text-xs break-all text-muted">
                  <Hostile text={process.commandLine} isMono />
                </p>
              </div>
            </td>
            <td className="mono">{process.pid}</td>
            <td>
              <Hostile text={process.user} />
            </td>
            <td className="whitespace-nowrap">
              <Time at={new Date(process.startedAt).toISOString()} isExact />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
