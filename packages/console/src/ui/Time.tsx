import { absoluteTime, relativeTime } from './format.ts';
import { Nothing } from './Hostile.tsx';
import { useNow } from './use-now.ts';

/** A moment: how long ago, and exactly when on hovering. */
export function Time(properties: { readonly at: string | null; readonly isExact?: boolean }) {
  const nowMs = useNow();
  if (properties.at === null) return <Nothing />;
  const epochMs = Date.parse(properties.at);
  const exact = absoluteTime(epochMs);
  return (
    <time dateTime={properties.at} title={exact}>
      {properties.isExact ? exact : relativeTime(epochMs, nowMs)}
    </time>
  );
}
