import type { DeviceFinding, ResponseAction } from '@wardgrid/wire';

/** A finding as whoever found it tells it; what was done about it is kept here. */
export type ToldFinding = Omit<DeviceFinding, 'actions'>;

/** Findings on their way to the controller, with what was done about them. */
export interface FindingBook {
  readonly tell: (finding: ToldFinding) => void;
  /** Adds what was done, and tells the finding again with it. */
  readonly addAction: (id: string, action: ResponseAction) => void;
}

/** Findings remembered for what is still done about them; the least recent goes. */
const REMEMBERED_MAX = 4_096;
/** The most that a finding carries on the wire. */
const ACTIONS_MAX = 32;

/** An empty book; `send` makes a record that is not lost. */
export function createFindingBook(send: (finding: DeviceFinding) => void): FindingBook {
  const known = new Map<string, DeviceFinding>();

  function keep(finding: DeviceFinding): void {
    known.delete(finding.id);
    if (known.size >= REMEMBERED_MAX) known.delete(known.keys().next().value ?? '');
    known.set(finding.id, finding);
    send(finding);
  }

  return {
    tell: (finding) => keep({ ...finding, actions: known.get(finding.id)?.actions ?? [] }),
    addAction(id, action) {
      const finding = known.get(id);
      if (!finding) return;
      keep({ ...finding, actions: [...finding.actions, action].slice(-ACTIONS_MAX) });
    },
  };
}
