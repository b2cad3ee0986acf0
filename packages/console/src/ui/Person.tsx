import { placeOfPerson } from '@wardgrid/wire';
import { t } from '../messages/index.ts';
import { Hostile } from './Hostile.tsx';

/** Who did something; of somebody whose account the reader does not see, where they belong. */
export function Person({ name }: { readonly name: string | null }) {
  return <Hostile text={name === null ? null : personText(name)} />;
}

/** The same as text. */
export function personText(name: string): string {
  const place = placeOfPerson(name);
  if (place === undefined) return name;
  return place === '' ? t('person.elsewhere') : t('person.of', { place });
}
