import type { TypedRow } from '@wardgrid/controller/features/sync/index';

/** Where all devices of a bench lie. */
export const SCOPE = 't0.o0';
export const TYPE = 'device';

/** A device of about 260 bytes, always the same for a number. */
export function deviceAt(number: number): TypedRow {
  const digits = String(number).padStart(12, '0');
  return {
    type: TYPE,
    id: `d0000000-0000-7000-8000-${digits}`,
    home: SCOPE,
    fields: {
      name: `workstation-${number}`,
      os: number % 3 === 0 ? 'Debian GNU/Linux 12' : 'Ubuntu 24.04.1 LTS',
      ip: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      mac: `02:00:${digits.slice(-8).replaceAll(/(..)(?=.)/g, '$1:')}`,
      agentVersion: '1.4.2',
      group: `department-${number % 40}`,
      isIsolated: false,
      lastUser: `user${(number * 7919) % 50_000}`,
    },
  };
}

/** The same device as a document of PouchDB. */
export function documentAt(number: number): object {
  const { id, type, home, fields } = deviceAt(number);
  return { _id: id, type, home, ...fields };
}
