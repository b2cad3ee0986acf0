import { fingerprintText, readFingerprint, visibleText } from '@wardgrid/base';
import { readBody, fitBody } from '../body.ts';
import type { Row } from '../cells.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { placeOptions, withScope } from '../place-options.ts';
import { routeOf, type RouteName } from '../route-name.ts';

/* Controllers that want to join: who waits, and what is decided about one. It is named by the whole
   fingerprint of its key, as its own machine shows it: whoever pastes that has compared it. */

interface Decision {
  readonly name: string;
  readonly route: RouteName;
  readonly summary: string;
  readonly past: string;
  readonly options: readonly OptionSpec[];
}

function decisionVerb(spec: Decision): CommandSpec {
  return {
    name: spec.name,
    summary: spec.summary,
    arguments: [
      {
        syntax: '<fingerprint>',
        summary: 'the fingerprint of its key, whole, as its own machine shows it',
      },
    ],
    options: spec.options,
    run: (invocation) => decide(invocation, spec),
  };
}

async function decide(invocation: Invocation, spec: Decision): Promise<void> {
  const given = invocation.operands[0] ?? '';
  const fingerprint = readFingerprint(given);
  if (fingerprint === undefined) {
    throw usageError(`'${given}' is no fingerprint: 32 hex digits, as its machine shows them`);
  }
  const connection = await invocation.connect();
  const route = routeOf(connection.wire, spec.route);
  const wished = await withScope(await readBody(invocation, connection, spec.options), connection);
  const body = fitBody(route, wished, spec.options);
  const done = (await connection.call(route, { params: { fingerprint }, body })) as Row;
  const name = visibleText(String(done['name']));
  invocation.output.document(
    done,
    () => `${spec.past} '${name}' (${fingerprintText(fingerprint)})`,
  );
}

/** The commands about controllers that want to join. */
export const joining: readonly CommandSpec[] = [
  {
    ...listVerb('join candidates', {
      route: 'join-candidates.list',
      columns: [
        { key: 'fingerprint' },
        { key: 'name' },
        { key: 'state' },
        { key: 'source', title: 'came' },
        { key: 'address' },
        { key: 'hasRival', title: 'rival' },
        { key: 'placeName', title: 'serves' },
        { key: 'firstSeenAt', title: 'first seen' },
        { key: 'lastSeenAt', title: 'last seen' },
        { key: 'parentFingerprint', title: 'own key' },
      ],
    }),
    name: 'pending',
    summary: 'list controllers that want to join, and what was decided about them',
  },
  decisionVerb({
    name: 'approve',
    route: 'join-candidates.approve',
    summary: 'let a controller in that waits, whose fingerprint you have compared',
    past: 'let in',
    options: [
      { flags: '--name <name>', summary: 'what it is called from now on', field: 'name' },
      ...placeOptions('that it will serve'),
    ],
  }),
  decisionVerb({
    name: 'deny',
    route: 'join-candidates.deny',
    summary: 'turn a controller away that waits, and note it as a finding',
    past: 'turned away',
    options: [
      { flags: '--reason <text>', summary: 'why', field: 'reason' },
      ...placeOptions('where the finding belongs'),
    ],
  }),
];
