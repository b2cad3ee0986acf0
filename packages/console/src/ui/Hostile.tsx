import { visibleText } from '@wardgrid/base';

/** Text that a device, a network or a stranger wrote: shown, never obeyed, kept apart in direction. */
export function Hostile(properties: {
  readonly text: string | null | undefined;
  readonly isMono?: boolean;
}) {
  const { text, isMono } = properties;
  if (text === null || text === undefined || text === '') return <Nothing />;
  return <bdi className={isMono ? 'mono' : undefined}>{visibleText(text)}</bdi>;
}

/** Stands where there is no value. */
export function Nothing() {
  return <span className="text-muted">–</span>;
}
