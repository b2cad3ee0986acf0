import type { UpstreamState } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { Chip, type Tone } from './Chips.tsx';

const tones: Readonly<Record<UpstreamState, Tone>> = {
  connecting: 'none',
  parent: 'ok',
  ancestor: 'warn',
  direct: 'warn',
  'cut-off': 'bad',
};

/** How a controller reaches those above it. */
export function UpstreamStateChip(properties: { readonly state: UpstreamState }) {
  const { state } = properties;
  return <Chip tone={tones[state]} text={t(`upstream.${state}`)} />;
}
