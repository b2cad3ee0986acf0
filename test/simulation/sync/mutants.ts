import type { Mutation } from './mutation.ts';
import { CALM, type Torment } from './story.ts';

/** The engine without one of its rules, or without two of which each would stand in for the other. */
interface Mutant {
  readonly name: string;
  readonly mutations: readonly Mutation[];
  /** The invariant that notices it. */
  readonly noticedBy: string;
  /** The worlds that show it; absent: of all kinds. */
  readonly torment?: Torment;
  /** A lie of `plants.ts` that relays tell. */
  readonly liar?: string;
}

/** One that a told story shows. */
interface ToldMutant extends Omit<Mutant, 'noticedBy' | 'torment' | 'liar'> {
  readonly tale: string;
  /** Null where another rule stands in, so that nothing may be noticed. */
  readonly noticedBy: string | null;
}

function without(file: string, from: string, to = ''): Mutation {
  return { file, from, to };
}

const SERVER_FORK_CHECK = without(
  'serve.ts',
  "if (isForked(upstream, request)) return refused({ status: 'fork' });",
);
const AUTHOR_HEAD_CHECK = without(
  'own-streams.ts',
  'if (isForeign(replica, stream, decided))',
  'if (0)',
);
const LIVING_STREAMS_WAIT = without(
  'decider.ts',
  "if (!living || living.stream === op.stream) return 'waiting';",
);
const HOLES_ARE_TOLD = without('decider.ts', 'holes: turn.holes', 'holes: null');
const FORKS_LOOK_AT_SPARSE_OPS = without(
  'serve.ts',
  'Math.max(upTo, ...(relayed?.ops.keys() ?? []))',
  'upTo',
);
const FORKS_LOOK_AT_EACH_OP = without(
  'serve.ts',
  'if (contradictsRelay(upstream, claim.stream, ops)) return true;',
);
const RELAYS_LINK = without(
  'serve.ts',
  'next && (relayed.head === null || relayed.head === next.previousHead);',
  'next;',
);
const CLOUD_LINKS = without(
  'decider.ts',
  'return isLinked || isOverdue(cloud, op, context) ?',
  'return true ?',
);
const INCARNATIONS_ARE_RANDOM = [
  without(
    'replica.ts',
    'stream: streamOf(node, tools.newIncarnation())',
    "stream: streamOf(node, '1')",
  ),
];

/** Controllers are moved all the time. */
const MOVING: Torment = { ...CALM, noise: 2, moves: 10 };
/** The cloud comes back from its backup all the time. */
const GOING_BACK: Torment = { ...CALM, noise: 2, cuts: 1, cloudRestores: 10 };
/** Lines are cut, so that who lost its parent goes round it. */
const FAILING: Torment = { ...CALM, noise: 2, cuts: 6 };

const LENT_ALONE = without('blocks.ts', 'block.stream === stream && number >=', 'number >=');
const NUMBERS_STAY_BEHIND = without(
  'replica.ts',
  'const named = number === undefined ? op : { ...op, number };',
  'const named = { ...op, ...((number ?? _other) === undefined ? {} : { number: number ?? _other }) };',
);
const NUMBERS_GO_UP = without(
  'decider.ts',
  'number > (cloud.usedNumbers.get(stream) ?? 0)',
  'number > 0',
);

const TWINS = 'two disks name things out of one block';
const CLAIMS = 'a controller names things by numbers that are not its own';
const YESTERDAY = 'a database of yesterday goes on writing';
const SPARSE = 'a relay holds only later ops of a database that went back';
const AWAY = 'an author is away before its gap is filled';
const ANEW = 'a machine begins anew';
const OTHER_FIRST = 'of two disks a cloud of yesterday hears the other first';
const WAKES_UP = 'a disk that was copied long ago wakes up';
const LONG_AFTER = 'a relay brings long afterwards what its author wrote anew';
const TWICE_BACK = 'of two disks that wrote a stream one left it, and a cloud went back twice';

/** Rules that a told story is needed for. With a rule and its stand-in, each is tried without the other. */
export const toldMutants: readonly ToldMutant[] = [
  { name: 'noFork', tale: YESTERDAY, mutations: [SERVER_FORK_CHECK], noticedBy: null },
  {
    name: 'noHeadCheck',
    tale: YESTERDAY,
    mutations: [AUTHOR_HEAD_CHECK],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'noFork and noHeadCheck',
    tale: YESTERDAY,
    mutations: [SERVER_FORK_CHECK, AUTHOR_HEAD_CHECK],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'forkContigOnly',
    tale: SPARSE,
    mutations: [FORKS_LOOK_AT_SPARSE_OPS, FORKS_LOOK_AT_EACH_OP, RELAYS_LINK, CLOUD_LINKS],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'forkContigOnly with links',
    tale: SPARSE,
    mutations: [FORKS_LOOK_AT_SPARSE_OPS, FORKS_LOOK_AT_EACH_OP],
    noticedBy: null,
  },
  {
    name: 'noLink with forks by sparse ops',
    tale: SPARSE,
    mutations: [RELAYS_LINK, CLOUD_LINKS],
    noticedBy: null,
  },
  {
    name: 'noHeadCheck with sparse ops',
    tale: SPARSE,
    mutations: [AUTHOR_HEAD_CHECK],
    noticedBy: null,
  },
  {
    name: 'noFork and noHeadCheck at a wiped machine',
    tale: ANEW,
    mutations: [SERVER_FORK_CHECK, AUTHOR_HEAD_CHECK],
    noticedBy: null,
  },
  {
    name: 'incCounter',
    tale: ANEW,
    mutations: [...INCARNATIONS_ARE_RANDOM, SERVER_FORK_CHECK, AUTHOR_HEAD_CHECK],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'holes on living streams',
    tale: AWAY,
    mutations: [LIVING_STREAMS_WAIT],
    noticedBy: null,
  },
  { name: 'holes unpublished', tale: AWAY, mutations: [HOLES_ARE_TOLD], noticedBy: null },
  {
    name: 'holes on living streams, unpublished',
    tale: AWAY,
    mutations: [LIVING_STREAMS_WAIT, HOLES_ARE_TOLD],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'what was forgotten is taken for new',
    tale: WAKES_UP,
    mutations: [without('decider.ts', 'if (mayBeForgotten(cloud, op))', 'if (0)')],
    noticedBy: 'I6 decided once',
  },
  {
    name: 'what was written anew does not say so',
    tale: WAKES_UP,
    mutations: [without('op.ts', 'from: op.from ?? op.stream', '...op')],
    noticedBy: 'I6 decided once',
  },
  {
    name: 'a stream that was left is taken for any other',
    tale: LONG_AFTER,
    mutations: [without('decider.ts', ' || left.has(stream)')],
    noticedBy: 'I6 decided once',
  },
  {
    name: 'what is recalled need not link',
    tale: OTHER_FIRST,
    mutations: [
      without(
        'own-streams.ts',
        'const isLinked = !known || (held.head ?? held.link) === known.head;',
        'const isLinked = true;',
      ),
    ],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'what waits in a stream that was left is taken for decided',
    tale: TWICE_BACK,
    mutations: [without('own-streams.ts', ' || waiting.some(({ op }) => op.q < q)')],
    noticedBy: 'I12 durability',
  },
  {
    name: 'a stream goes on over what is missing',
    tale: 'a cloud comes back from an older backup than anybody was to have',
    mutations: [without('own-streams.ts', 'if (held.last > wholeUpTo)', 'if (0)')],
    noticedBy: 'I13 progress',
  },
  {
    name: 'contigRelay',
    tale: 'what came before a gap is gone with its author',
    mutations: [
      without(
        'serve.ts',
        'relayed.ops.set(q, sealed);',
        'if (q !== relayed.upTo + 1) return; relayed.ops.set(q, sealed);',
      ),
    ],
    noticedBy: 'I13 progress',
  },
  {
    name: 'noRotate',
    tale: 'two streams wait and others do not',
    mutations: [without('client.ts', 'let turn = start;', 'let turn = 0;')],
    noticedBy: 'I13 progress',
  },
  {
    name: 'noFkRewrite at the cloud',
    tale: 'a device is known twice and already named',
    mutations: [without('merge.ts', '(rows.referringTo?.(from) ?? [])', '[].slice(1)')],
    noticedBy: 'I10 natural key',
  },
  {
    name: 'noFkRewrite at a controller',
    tale: 'a device is known twice and already named',
    mutations: [without('client.ts', ', ...entry.rewritten]', ']')],
    noticedBy: 'I1 prefix',
  },
  {
    name: 'keepAlias',
    tale: 'a cloud of yesterday does not know what a device became',
    mutations: [without('client.ts', '    history.aliases.clear();\n')],
    noticedBy: 'I11 convergence',
  },
  {
    name: 'noTmpScope',
    tale: 'two sites mean two devices by one temporary id',
    mutations: [without('ids.ts', 'isTmpId(id) ? `${nodeOf(op.stream)}/${id}` : id', 'id')],
    noticedBy: 'I10 natural key',
  },
  {
    name: 'noTmpRewrite',
    tale: 'two sites mean two devices by one temporary id',
    mutations: [without('merge.ts', '(rows.referringTo?.(from) ?? [])', '[].slice(1)')],
    noticedBy: 'I10 natural key',
  },
  {
    name: 'numbers are kept by who writes anew',
    tale: TWINS,
    mutations: [NUMBERS_STAY_BEHIND],
    noticedBy: null,
  },
  {
    name: 'a copy has the numbers of its twin',
    tale: TWINS,
    mutations: [NUMBERS_STAY_BEHIND, LENT_ALONE, NUMBERS_GO_UP],
    noticedBy: 'I9 references',
  },
  {
    name: 'numbers that nobody lent are taken',
    tale: CLAIMS,
    mutations: [without('blocks.ts', 'return isLent ?', 'return true ?')],
    noticedBy: 'I9 references',
  },
  {
    name: 'a number is taken twice',
    tale: CLAIMS,
    mutations: [NUMBERS_GO_UP],
    noticedBy: 'I9 references',
  },
  {
    name: 'adding wins where removing must',
    mutations: [without('field-rules.ts', 'isIn !== (rule.removalWins === true)', 'isIn')],
    tale: 'an exception is taken back while somebody gives it anew',
    noticedBy: 'I8 merge rules',
  },
];

/** Rules whose absence random worlds show. */
export const mutants: readonly Mutant[] = [
  {
    name: 'pureLWW',
    mutations: [without('field-rules.ts', '  if (hasSeen(op, current)) return true;\n')],
    noticedBy: 'I8 sequential update',
  },
  {
    name: 'scopeLeak',
    mutations: [
      without('read.ts', 'return places.length > 0 && places.every(mayFetch);', 'return true;'),
    ],
    noticedBy: 'I2 scope',
  },
  {
    name: 'relays are believed',
    mutations: [
      without(
        'voucher.ts',
        "if (from === CLOUD || status !== 'ok') return null;",
        'if (from) return null;',
      ),
    ],
    liar: 'it alters rows',
    noticedBy: 'I1 prefix',
  },
  {
    name: 'what a relay shows is believed',
    mutations: [
      without('shown.ts', 'if (nodeOf(op.stream) === CLOUD) return true;', 'return false;'),
      without('shown.ts', '      isSigned(sealed) === true &&\n'),
    ],
    liar: 'it alters what it shows',
    noticedBy: 'I17 orders',
  },
  {
    name: 'a relay makes its child begin streams for ever',
    mutations: [without('own-streams.ts', 'if (lately.length >= RELAY_FORKS_MAX) return false;')],
    liar: 'it says that its child is a copy',
    noticedBy: 'I14 bounds',
  },
  {
    name: 'whoever signs may order anything',
    mutations: [
      without(
        'shown.ts',
        'refusalOf(rows, { op, home, context }) === undefined',
        'home !== undefined',
      ),
    ],
    liar: 'it orders what is not its to order',
    noticedBy: 'I17 orders',
  },
  {
    name: 'relays hand on what they cannot prove',
    mutations: [
      without('read.ts', 'if (pageDigest(page, context.sha256) !== word.digest) return null;'),
    ],
    torment: MOVING,
    noticedBy: 'I16 proof',
  },
  {
    name: 'the aim of a move is told',
    mutations: [without('read.ts', '...(home === null ?', '...(home === null || row ?')],
    noticedBy: 'I2 scope',
  },
  {
    name: 'siblings by the beginning of a name',
    mutations: [without('scope.ts', 'path.startsWith(`${root}.`)', 'path.startsWith(root)')],
    noticedBy: 'I2 scope',
  },
  {
    name: 'hlcPoison',
    mutations: [
      without('hlc.ts', 'hlcMax(last, hlcClamp(remote, wallMs))', 'hlcMax(last, remote)'),
    ],
    noticedBy: 'I5 clock',
  },
  {
    name: 'noClamp',
    mutations: [without('decider.ts', 'hlc: hlcClamp(op.hlc, wallMs)', 'hlc: op.hlc')],
    noticedBy: 'I5 clock',
  },
  {
    name: 'resurrect',
    mutations: [
      without('merge.ts', '!row || row.isDeleted)', '!row)'),
      without(
        'merge.ts',
        'fields: { ...row.fields, ...won } }',
        'isDeleted: false, fields: { ...won } }',
      ),
    ],
    noticedBy: 'I4 finality',
  },
  {
    name: 'noFence',
    mutations: [without('read.ts', '|| request.cursor < history.floor', '')],
    noticedBy: 'I1 prefix',
  },
  {
    name: 'decidedAhead',
    mutations: [without('read.ts', '.filter(({ g }) => g <= upTo)', '')],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'refReuse',
    mutations: [without('decider.ts', 'RESTORE_REF_JUMP = 1_000_000', 'RESTORE_REF_JUMP = 0')],
    noticedBy: 'I9 references',
  },
  {
    name: 'noOpIdDedupe',
    mutations: [without('decider.ts', 'if (cloud.opIds.has(op.opId))', 'if (0)')],
    noticedBy: 'I6 decided once',
  },
  {
    name: 'noDedupe',
    mutations: [without('decider.ts', ": 'duplicate';", ': { isHole: false, holes: null };')],
    noticedBy: 'I7 stream order',
  },
  {
    name: 'noResubmit',
    mutations: [without('client.ts', '  recall(replica, tools);\n')],
    // What is not sent again is a gap in a stream that its author goes on with.
    noticedBy: 'I13 progress',
  },
  {
    name: 'rows of a history that ended are taken for those of the next',
    mutations: [
      without(
        'effective.ts',
        'hasArrived ? decidedOf(history, op.stream) : (turn.before.get(op.stream) ?? 0)',
        'decidedOf(history, op.stream)',
      ),
    ],
    torment: GOING_BACK,
    noticedBy: 'I3 own writes',
  },
  {
    name: 'staleScope',
    mutations: [
      without(
        'client.ts',
        'replica.catchup = beginning(wanted, null);',
        'replica.scopeVersion = wanted;',
      ),
    ],
    noticedBy: 'I1 prefix',
  },
  {
    name: 'gapForever',
    mutations: [without('decider.ts', 'wallMs - since >= GAP_MS_MAX', 'since < 0')],
    noticedBy: 'I13 progress',
  },
  {
    name: 'no fork check at all',
    mutations: [SERVER_FORK_CHECK, AUTHOR_HEAD_CHECK],
    noticedBy: 'I3 own writes',
  },
  {
    name: 'staleHead',
    mutations: [
      without('serve.ts', '  relayed.upTo = q;\n  relayed.head = null;\n', '  relayed.upTo = q;\n'),
    ],
    torment: FAILING,
    noticedBy: 'false forks',
  },
  {
    name: 'phases go back',
    mutations: [without('field-rules.ts', 'if (after > before ||', 'if (true ||')],
    noticedBy: 'I8 merge rules',
  },
  {
    name: 'what was not known of is taken out',
    mutations: [
      without('field-rules.ts', '!wanted.has(key) && hasSeen(op, known)', '!wanted.has(key)'),
    ],
    torment: CALM,
    noticedBy: 'I8 merge rules',
  },
  {
    name: 'losses are not told',
    mutations: [
      without(
        'merge.ts',
        'if (loser) lost.push(lostTo(field ?? current, { field: name, ...loser }));',
      ),
    ],
    noticedBy: 'I8 merge rules',
  },
  {
    name: 'refusals are told to all',
    mutations: [without('read.ts', 'return isBelow(entry.stream);', 'return true;')],
    noticedBy: 'I2 scope',
  },
  {
    name: 'everybody writes everywhere',
    mutations: [
      without('authority.ts', "if (!authority.isHomeWithin(home, author)) return 'out-of-scope';"),
    ],
    noticedBy: 'I15 authority',
  },
  {
    name: 'who was revoked goes on writing',
    mutations: [without('authority.ts', "if (authority.isRevoked(author)) return 'revoked';")],
    noticedBy: 'I15 authority',
  },
  {
    name: 'strangers are named',
    mutations: [
      without('authority.ts', "return isBadRef ? 'bad-ref' : undefined;", 'return undefined;'),
    ],
    noticedBy: 'I15 authority',
  },
];
