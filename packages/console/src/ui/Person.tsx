import { PERSON_PLACE_MARK } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { Hostile } from './Hostile.tsx';

/** Who did something; of somebody whose account the reader does not see, where they belong. */
export function Person({ name }: { readonly name: string | null }) {
  return <Hostile text={name === null ? null : personText(name)} />;
}

/** The same as text. */
export function personText(name: string): string {
  if (!name.startsWith(PERSON_PLACE_MARK)) return name;
  const place = name.slice(PERSON_PLACE_MARK.length);
  return place === '' ? t('person.elsewhere') : t('person.of', { place });
}
