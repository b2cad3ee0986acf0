import type { Expression, Test } from '../rule.ts';
import { createAtomTable, type Atom, type AtomId, type AtomTable } from './atoms.ts';

/*
 * A witness of a rule is a set of questions of which at least one is answered with yes whenever the rule
 * matches. An event that answers none of them need not touch the rule. A witness may always be made
 * larger, never smaller: that is what makes the index right.
 */

/** `never`: the rule cannot match at all. `always`: nothing plain must hold, so every event asks it. */
export type Witness =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'any'; readonly atoms: readonly AtomId[]; readonly cost: number };

const NEVER: Witness = { kind: 'never' };
const ALWAYS: Witness = { kind: 'always' };

/** Whether nearly every event with the fields of an expression would ask it. */
export function isCostly(expression: Expression): boolean {
  const table = createAtomTable();
  const witness = witnessOf(table, expression);
  if (witness.kind !== 'any') return witness.kind === 'always';
  return witness.atoms.some((id) => {
    const atom = table.atoms[id];
    return atom?.kind === 'indexed' ? costOf(atom.test) >= COST_BY_LENGTH[1] : true;
  });
}

/** The cheapest witness of an expression that was found. */
export function witnessOf(table: AtomTable, expression: Expression): Witness {
  switch (expression.kind) {
    case 'unknown':
      return NEVER;
    case 'named':
      return witnessOf(table, expression.of);
    case 'not':
      return isNeverNo(expression.of) ? NEVER : ALWAYS;
    case 'and':
      return leastOf(table, expression.of, expression.of.length);
    case 'or':
      return leastOf(table, expression.of, 1);
    case 'count':
      return leastOf(table, expression.of, expression.least);
    case 'test':
      return ofAtom(table, table.idOf(expression.field, expression.test));
  }
}

/** Whether an expression cannot be answered with no, because it hangs on what nobody can read. */
function isNeverNo(expression: Expression): boolean {
  switch (expression.kind) {
    case 'unknown':
      return true;
    case 'named':
      return isNeverNo(expression.of);
    case 'and':
      return expression.of.every((part) => isNeverNo(part));
    case 'or':
      return expression.of.some((part) => isNeverNo(part));
    case 'count':
    case 'not':
    case 'test':
      return false;
  }
}

/** When `least` of the parts must hold, one of any `parts - least + 1` of them does. */
function leastOf(table: AtomTable, parts: readonly Expression[], least: number): Witness {
  const witnesses = parts.map((part) => witnessOf(table, part));
  const possible = witnesses.filter((witness) => witness.kind !== 'never');
  if (possible.length < least || possible.length === 0) return NEVER;
  const cheapest = possible
    .filter((witness) => witness.kind === 'any')
    .toSorted((one, other) => one.cost - other.cost)
    .slice(0, possible.length - least + 1);
  if (cheapest.length < possible.length - least + 1) return ALWAYS;
  return {
    kind: 'any',
    atoms: [...new Set(cheapest.flatMap((witness) => witness.atoms))],
    cost: cheapest.reduce((sum, witness) => sum + witness.cost, 0),
  };
}

function ofAtom(table: AtomTable, id: AtomId): Witness {
  const atom = table.atoms[id];
  if (!atom) return ALWAYS;
  switch (atom.kind) {
    case 'indexed':
      return { kind: 'any', atoms: [id], cost: costOf(atom.test) };
    case 'asked':
      return ofAsked(table, atom);
    case 'present':
      return { kind: 'any', atoms: [id], cost: PRESENCE_COST };
    case 'compared':
      return ofPresence(table, atom.field);
  }
}

function ofAsked(table: AtomTable, atom: Extract<Atom, { kind: 'asked' }>): Witness {
  if (!atom.before) return ofPresence(table, atom.field);
  const cost = atom.before.reduce((sum, id) => {
    const before = table.atoms[id];
    return sum + (before?.kind === 'indexed' ? costOf(before.test) : PRESENCE_COST);
  }, 1);
  return { kind: 'any', atoms: atom.before, cost };
}

function ofPresence(table: AtomTable, field: string): Witness {
  return { kind: 'any', atoms: [table.idOf(field, { kind: 'exists' })], cost: PRESENCE_COST };
}

/** How often a question is answered with yes, roughly; only the order matters. */
const PRESENCE_COST = 1_000;
/** By the length of the text, from none. */
const COST_BY_LENGTH = [1_000, 400, 150, 60, 30, 15, 8] as const;
const COST_OF_LONG = 4;
const COST_OF_WHOLE = 2;
const COST_OF_NETWORK = 40;
/** What stands in ordinary events tells nothing. */
const ORDINARY_COST = 60;
const ORDINARY = [
  '/usr/bin/ /usr/sbin/ /usr/lib/ /usr/local/bin/ /bin/sh -c /bin/bash /etc/ /tmp/ /var/lib/ /var/log/',
  '/home/ /root/ /proc/ --no- http:// https:// c:\\windows\\system32\\ c:\\program files\\ c:\\users\\',
  '\\appdata\\local\\ .exe .dll \\cmd.exe /c \\powershell.exe \\svchost.exe microsoft.com google',
  // Programs that run all day: rules about them are better found by what else they ask for.
  '/ls /cat /grep /sed /awk /gawk /mawk /find /tar /git /ssh /sshd /scp /curl /wget /perl /python3',
  '/node /npm /make /gcc /cc1 /ld /as /dash /env /rm /mv /cp /ln /mkdir /chmod /chown /id /date /sort',
  '/head /tail /cut /tr /xargs /systemctl /systemd /cron /sudo /su /dpkg /apt /apt-get /rpm /docker',
  '/runc /openssl /base64 /echo /test /touch /tee /uname /hostname /ps /ip /busybox /java /php /ruby',
].join(' ');

function costOf(test: Test): number {
  if (test.kind === 'cidr') return COST_OF_NETWORK;
  if (test.kind !== 'text') return PRESENCE_COST;
  if (test.place === 'whole') return COST_OF_WHOLE;
  const byLength = COST_BY_LENGTH[test.text.length] ?? COST_OF_LONG;
  const atPlace = test.place === 'any' ? byLength : byLength / 3;
  return ORDINARY.includes(test.text.toLowerCase()) ? atPlace + ORDINARY_COST : atPlace;
}
