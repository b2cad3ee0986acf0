import { describe, expect, test } from 'vitest';
import { ask } from '../testdata/one-rule.ts';

/* The specification, case by case: what a detection says of an event. Every case is asked plainly and
   through the index. */

type Case = readonly [
  name: string,
  selection: string,
  fields: Readonly<Record<string, unknown>>,
  answer: string,
];

/** A case whose condition is its only selection. */
function run(cases: readonly Case[]): void {
  test.each(cases)('%s', (...[, selection, fields, answer]) => {
    const indented = selection
      .trim()
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n');
    expect(ask(`selection:\n${indented}\ncondition: selection`, fields)).toBe(answer);
  });
}

const ls = { Image: '/usr/bin/ls', CommandLine: 'ls -la /tmp' };

describe('values', () => {
  run([
    ['a text matches the whole value', 'Image: /usr/bin/ls', ls, 'yes'],
    ['a text does not match a part', 'Image: ls', ls, 'no'],
    ['case does not matter', 'Image: /USR/bin/LS', ls, 'yes'],
    ['case does not matter beyond ASCII', 'CommandLine: ÉTÉ', { CommandLine: 'été' }, 'yes'],
    ['a list is an or', 'Image: [/bin/x, /usr/bin/ls]', ls, 'yes'],
    ['fields of a map are an and', 'Image: /usr/bin/ls\nUser: root', ls, 'no'],
    ['maps of a list are an or', '- User: root\n- Image: /usr/bin/ls', ls, 'yes'],
    ['a number matches its text', 'ProcessId: 42', { ProcessId: 42 }, 'yes'],
    ['a number as text matches a number', "ProcessId: '42'", { ProcessId: 42 }, 'yes'],
    ['a number is no part of a number', 'ProcessId: 4', { ProcessId: 42 }, 'no'],
    ['a boolean matches its text', 'process.is_memfd: true', { 'process.is_memfd': true }, 'yes'],
    ['null matches an absent field', 'User: null', ls, 'yes'],
    ['null does not match an empty field', 'User: null', { User: '' }, 'no'],
    ['the empty text matches an empty field', "User: ''", { User: '' }, 'yes'],
    ['the empty text does not match an absent field', "User: ''", ls, 'no'],
    ['null beside values is an or', 'User: [root, null]', ls, 'yes'],
    ['a list field matches by one item', 'process.args: -la', ls, 'yes'],
    ['a list field matches by no mixture of items', 'process.args: ls -la', ls, 'no'],
    [
      'a lone surrogate is a character',
      'CommandLine|contains: "\\ud83d"',
      { CommandLine: 'a\ud83db' },
      'yes',
    ],
  ]);
});

describe('wildcards', () => {
  run([
    ['* is any number of characters', 'Image: /usr/*/ls', ls, 'yes'],
    ['* may be none', 'Image: /usr/bin/l*s', ls, 'yes'],
    ['? is one character', 'Image: /usr/bin/?s', ls, 'yes'],
    ['? is not none', 'Image: /usr/bin/ls?', ls, 'no'],
    ['*x* is contains', "Image: '*bin*'", ls, 'yes'],
    ['a lone * asks for the field', "User: '*'", ls, 'no'],
    ['a lone * matches an empty field', "User: '*'", { User: '' }, 'yes'],
    ['an escaped * is itself', String.raw`CommandLine: 'a\*b'`, { CommandLine: 'a*b' }, 'yes'],
    ['an escaped * is no wildcard', String.raw`CommandLine: 'a\*b'`, { CommandLine: 'axb' }, 'no'],
    ['an escaped ? is itself', String.raw`CommandLine: 'a\?b'`, { CommandLine: 'a?b' }, 'yes'],
    ['one backslash is itself', String.raw`CommandLine: 'C:\x'`, { CommandLine: 'C:\\x' }, 'yes'],
    ['two backslashes are one', String.raw`CommandLine: 'C:\\x'`, { CommandLine: 'C:\\x' }, 'yes'],
    [
      'two before a * are a backslash and a wildcard',
      String.raw`CommandLine: 'C:\\*'`,
      { CommandLine: 'C:\\any' },
      'yes',
    ],
    [
      'three before a * are a backslash and a star',
      String.raw`CommandLine: 'C:\\\*'`,
      { CommandLine: 'C:\\*' },
      'yes',
    ],
    [
      'three before a * are no wildcard',
      String.raw`CommandLine: 'C:\\\*'`,
      { CommandLine: 'C:\\any' },
      'no',
    ],
    ['three are two', String.raw`CommandLine: 'a\\\b'`, { CommandLine: 'a\\\\b' }, 'yes'],
    ['four are two', String.raw`CommandLine: 'a\\\\b'`, { CommandLine: 'a\\\\b' }, 'yes'],
    ['wildcards count within contains', "CommandLine|contains: 'l*a'", ls, 'yes'],
    ['parts of a pattern do not overlap', "CommandLine: 'aba*aba'", { CommandLine: 'ababa' }, 'no'],
  ]);
});

describe('places and joins', () => {
  run([
    ['contains', 'CommandLine|contains: -la', ls, 'yes'],
    ['startswith', 'CommandLine|startswith: ls', ls, 'yes'],
    ['startswith is not contains', 'CommandLine|startswith: -la', ls, 'no'],
    ['endswith', 'Image|endswith: /ls', ls, 'yes'],
    ['endswith is not contains', 'Image|endswith: /l', ls, 'no'],
    ['all joins values by and', 'CommandLine|contains|all: [ls, /tmp]', ls, 'yes'],
    ['all asks for each value', 'CommandLine|contains|all: [ls, /etc]', ls, 'no'],
    ['all may stand anywhere', 'CommandLine|all|contains: [ls, /tmp]', ls, 'yes'],
    ['cased respects case', 'Image|cased: /usr/bin/LS', ls, 'no'],
    ['cased and contains', 'Image|contains|cased: bin', ls, 'yes'],
    ['exists: true', 'User|exists: true', ls, 'no'],
    ['exists: false', 'User|exists: false', ls, 'yes'],
    ['exists does not look at the value', 'User|exists: true', { User: '' }, 'yes'],
    ['neq is the opposite', 'Image|neq: /usr/bin/cat', ls, 'yes'],
    ['neq of what it is', 'Image|neq: /usr/bin/ls', ls, 'no'],
    ['neq of several: none of them', 'Image|neq: [/usr/bin/cat, /usr/bin/ls]', ls, 'no'],
    ['neq with endswith', 'Image|endswith|neq: /cat', ls, 'yes'],
    ['an unknown modifier', 'Image|roughly: x', ls, 'refused: modifier-unknown'],
    ['two places', 'Image|contains|startswith: x', ls, 'refused: modifier-conflict'],
    ['exists takes no text', 'Image|exists: maybe', ls, 'refused: value-invalid'],
    ['an empty list', 'Image: []', ls, 'refused: value-invalid'],
    ['a map as value', 'Image: { a: b }', ls, 'refused: value-invalid'],
  ]);
});

describe('regular expressions', () => {
  run([
    ['re finds anywhere', 'CommandLine|re: l.\\s-', ls, 'yes'],
    ['re respects case', 'CommandLine|re: LS', ls, 'no'],
    ['re|i does not', 'CommandLine|re|i: LS', ls, 'yes'],
    ['an inline flag does not', "CommandLine|re: '(?i)LS'", ls, 'yes'],
    ['re has no wildcards of Sigma', "CommandLine|re: 'ls*'", { CommandLine: 'l' }, 'yes'],
    ['^ and $ are the ends of the text', "CommandLine|re: '^b$'", { CommandLine: 'a\nb' }, 'no'],
    ['re|m: the ends of a line', "CommandLine|re|m: '^b$'", { CommandLine: 'a\nb' }, 'yes'],
    ['. is no line feed', "CommandLine|re: 'a.b'", { CommandLine: 'a\nb' }, 'no'],
    ['re|s: it is', "CommandLine|re|s: 'a.b'", { CommandLine: 'a\nb' }, 'yes'],
    ['re|i|m|s together', "CommandLine|re|i|m|s: '^B.C$'", { CommandLine: 'a\nb\nc' }, 'yes'],
    ['re|all asks for each', "CommandLine|re|all: ['^ls', 'xx']", ls, 'no'],
    ['counts', "CommandLine|re: 'a{2,3}$'", { CommandLine: 'caa' }, 'yes'],
    ['alternatives and groups', "CommandLine|re: '^(ls|cat) '", ls, 'yes'],
    ['look-around', "CommandLine|re: '(?=a)'", ls, 'refused: regex-unsupported'],
    ['a broken expression', "CommandLine|re: '(a'", ls, 'refused: regex-invalid'],
    ['i without re', 'CommandLine|i: a', ls, 'refused: modifier-conflict'],
  ]);
});

describe('encodings', () => {
  const whoami = Buffer.from('whoami');
  const wide = Buffer.from('whoami', 'utf16le');
  const at = (before: string) => Buffer.from(`${before}whoami; id`).toString('base64');
  run([
    [
      'base64',
      'CommandLine|base64|contains: whoami',
      { CommandLine: whoami.toString('base64') },
      'yes',
    ],
    [
      'base64offset, no byte before',
      'CommandLine|base64offset|contains: whoami',
      { CommandLine: at('') },
      'yes',
    ],
    [
      'base64offset, one byte before',
      'CommandLine|base64offset|contains: whoami',
      { CommandLine: at('x') },
      'yes',
    ],
    [
      'base64offset, two bytes before',
      'CommandLine|base64offset|contains: whoami',
      { CommandLine: at('xy') },
      'yes',
    ],
    [
      'base64offset, three bytes before',
      'CommandLine|base64offset|contains: whoami',
      { CommandLine: at('xyz') },
      'yes',
    ],
    [
      'base64offset of something else',
      'CommandLine|base64offset|contains: whoami',
      { CommandLine: Buffer.from('whobmi; id').toString('base64') },
      'no',
    ],
    [
      'wide',
      'CommandLine|wide|base64|contains: whoami',
      { CommandLine: wide.toString('base64') },
      'yes',
    ],
    [
      'utf16le is wide',
      'CommandLine|utf16le|base64|contains: whoami',
      { CommandLine: wide.toString('base64') },
      'yes',
    ],
    [
      'utf16be',
      'CommandLine|utf16be|base64|contains: whoami',
      { CommandLine: Buffer.from(wide).swap16().toString('base64') },
      'yes',
    ],
    [
      'utf16 has a mark',
      'CommandLine|utf16|base64|contains: whoami',
      { CommandLine: Buffer.from('\ufeffwhoami', 'utf16le').toString('base64') },
      'yes',
    ],
    [
      'utf16 without its mark',
      'CommandLine|utf16|base64: whoami',
      { CommandLine: wide.toString('base64') },
      'no',
    ],
    [
      'wide and base64offset',
      'CommandLine|wide|base64offset|contains: whoami',
      { CommandLine: Buffer.concat([Buffer.from('a'), wide]).toString('base64') },
      'yes',
    ],
    ['wide alone', 'CommandLine|wide|contains: ab', { CommandLine: 'xa\u0000b\u0000' }, 'yes'],
    [
      'UTF-8 before base64',
      'CommandLine|base64|contains: é',
      { CommandLine: Buffer.from('é').toString('base64') },
      'yes',
    ],
    [
      'wildcards cannot be encoded',
      "CommandLine|base64|contains: 'a*'",
      ls,
      'refused: value-invalid',
    ],
  ]);
});

describe('windash', () => {
  const option = (dash: string) => ({ CommandLine: `tool ${dash}delete now` });
  run([
    ...['-', '/', '–', '—', '―'].map((dash): Case => [
      `a dash may be ${dash}`,
      'CommandLine|windash|contains: " -delete"',
      option(dash),
      'yes',
    ]),
    ['a slash may be a dash', 'CommandLine|windash|contains: " /delete"', option('-'), 'yes'],
    ['other characters stay', 'CommandLine|windash|contains: " -delete"', option('+'), 'no'],
    [
      'a dash within a word stays',
      'CommandLine|windash|contains: a-b',
      { CommandLine: 'a/b' },
      'no',
    ],
    [
      'each dash by itself',
      'CommandLine|windash|contains: " -a -b"',
      { CommandLine: 'x /a –b' },
      'yes',
    ],
    [
      'with all',
      'CommandLine|windash|contains|all: [" -a", " -b"]',
      { CommandLine: 'x /b /a' },
      'yes',
    ],
    [
      'four dashes at once',
      'CommandLine|windash|contains: " -a -b -c -d."',
      { CommandLine: 'x /A –b —c -d. y' },
      'yes',
    ],
    [
      'four dashes, one character otherwise',
      'CommandLine|windash|contains: " -a -b -c -d."',
      { CommandLine: 'x /a –b +c -d. y' },
      'no',
    ],
    ['with wildcards', 'CommandLine|windash: "*-a*-b"', { CommandLine: 'x /a /b' }, 'yes'],
  ]);
});

describe('numbers', () => {
  const pid = { ProcessId: 42 };
  run([
    ['lt', 'ProcessId|lt: 43', pid, 'yes'],
    ['lt is not lte', 'ProcessId|lt: 42', pid, 'no'],
    ['lte', 'ProcessId|lte: 42', pid, 'yes'],
    ['gt', 'ProcessId|gt: 41', pid, 'yes'],
    ['gt is not gte', 'ProcessId|gt: 42', pid, 'no'],
    ['gte', 'ProcessId|gte: 42', pid, 'yes'],
    ['fractions', 'file.entropy|gte: 7.5', { 'file.entropy': 7.6 }, 'yes'],
    ['a text is no number', 'User|gt: 1', { User: 'root' }, 'no'],
    ['an empty text is no number', 'User|lt: 1', { User: '' }, 'no'],
    ['a number as text', 'User|gt: 1', { User: '2' }, 'yes'],
    ['an absent field is no number', 'ProcessId|gte: 0', { Image: 'x', 'process.pid': 1 }, 'yes'],
    ['gt takes no text', 'ProcessId|gt: many', pid, 'refused: value-invalid'],
    ['gt and contains', 'ProcessId|gt|contains: 1', pid, 'refused: modifier-conflict'],
  ]);
});

describe('parts of dates', () => {
  // 2024-12-30 is a Monday, in the first week of 2025 by ISO 8601.
  const time = { User: '2024-12-30T23:59:08Z' };
  run([
    ['minute', 'User|minute: 59', time, 'yes'],
    ['hour', 'User|hour: 23', time, 'yes'],
    ['day', 'User|day: 30', time, 'yes'],
    ['week', 'User|week: 1', time, 'yes'],
    ['month', 'User|month: 12', time, 'yes'],
    ['year', 'User|year: 2024', time, 'yes'],
    ['another hour', 'User|hour: 22', time, 'no'],
    ['with a comparison', 'User|hour|gte: 22', time, 'yes'],
    ['several hours', 'User|hour: [1, 2, 23]', time, 'yes'],
    ['seconds since 1970', 'User|year: 2023', { User: '1700000000' }, 'yes'],
    ['milliseconds since 1970', 'User|year: 2023', { User: '1700000000000' }, 'yes'],
    ['the time of the event', "'@timestamp|year': 2023", ls, 'yes'],
    ['no date', 'User|hour: 0', { User: 'root' }, 'no'],
  ]);
});

describe('addresses', () => {
  const four = { 'destination.ip': '10.1.2.3' };
  const six = { 'destination.ip': '2001:db8::1' };
  run([
    ['cidr of IPv4', 'destination.ip|cidr: 10.0.0.0/8', four, 'yes'],
    ['an address outside', 'destination.ip|cidr: 11.0.0.0/8', four, 'no'],
    ['several networks', 'destination.ip|cidr: [192.168.0.0/16, 10.1.0.0/16]', four, 'yes'],
    ['a single address', 'destination.ip|cidr: 10.1.2.3/32', four, 'yes'],
    ['the whole space', 'destination.ip|cidr: 0.0.0.0/0', four, 'yes'],
    ['cidr of IPv6', 'destination.ip|cidr: 2001:db8::/32', six, 'yes'],
    ['IPv6 outside', 'destination.ip|cidr: 2001:db9::/32', six, 'no'],
    ['IPv4 is in no network of IPv6', "destination.ip|cidr: '::/0'", four, 'no'],
    ['no address', 'destination.ip|cidr: 0.0.0.0/0', { 'destination.ip': 'localhost' }, 'no'],
    ['no network', 'destination.ip|cidr: 10.0.0.0/33', four, 'refused: value-invalid'],
  ]);
});

describe('other fields and placeholders', () => {
  const same = { 'user.name': 'root', 'process.name': 'ROOT' };
  run([
    ['fieldref', 'user.name|fieldref: process.name', same, 'yes'],
    ['fieldref and case', 'user.name|fieldref|cased: process.name', same, 'no'],
    ['fieldref of different values', 'user.name|fieldref: Image', { ...same, Image: '/x' }, 'no'],
    [
      'fieldref and endswith',
      'Image|fieldref|endswith: process.name',
      { Image: '/bin/ls', 'process.name': 'ls' },
      'yes',
    ],
    [
      'fieldref and startswith',
      'CommandLine|fieldref|startswith: process.name',
      { CommandLine: 'ls -l', 'process.name': 'ls' },
      'yes',
    ],
    [
      'fieldref and contains',
      'CommandLine|fieldref|contains: user.name',
      { CommandLine: 'su root x', 'user.name': 'root' },
      'yes',
    ],
    ['fieldref and neq', 'user.name|fieldref|neq: Image', { ...same, Image: '/x' }, 'yes'],
    ['fieldref of an absent field', 'user.name|fieldref: file.path', same, 'no'],
    ['fieldref of a field that is not ours', 'user.name|fieldref: Nowhere', same, 'unknown'],
    ['expand', "User|expand: '%admins%'", { User: 'toor' }, 'yes'],
    ['expand within a text', "User|expand|startswith: 'x-%admins%'", { User: 'x-root-1' }, 'yes'],
    ['expand of another value', "User|expand: '%admins%'", { User: 'guest' }, 'no'],
    ['a placeholder without values', "User|expand: '%nobody%'", ls, 'refused: placeholder-unknown'],
    [
      'a placeholder with an empty list',
      "User|expand: '%empty%'",
      ls,
      'refused: placeholder-unknown',
    ],
    ['without expand it is a text', "User: '%admins%'", { User: '%admins%' }, 'yes'],
  ]);
});

describe('keywords', () => {
  const line = { CommandLine: 'the quick brown fox' };
  run([
    ['a list of texts is an or', '- lazy\n- BROWN', line, 'yes'],
    ['none of them', '- lazy\n- dog', line, 'no'],
    ['all of them', "'|all': [quick, fox]", line, 'yes'],
    ['all of them is an and', "'|all': [quick, dog]", line, 'no'],
    ['with wildcards', "- 'quick*fox'", line, 'yes'],
    ['as expressions', "'|re': 'b.own'", line, 'yes'],
    ['texts beside maps', '- User: root\n- fox', line, 'yes'],
  ]);
});

describe('three values', () => {
  const missing = { Image: '/usr/bin/ls', missing: ['process.command_line'] };
  run([
    ['a missing field is unknown', 'CommandLine|contains: x', missing, 'unknown'],
    ['an and with a no is a no', 'Image: /bin/x\nCommandLine|contains: x', missing, 'no'],
    [
      'an and with a yes is unknown',
      'Image: /usr/bin/ls\nCommandLine|contains: x',
      missing,
      'unknown',
    ],
    [
      'an or with a yes is a yes',
      '- Image: /usr/bin/ls\n- CommandLine|contains: x',
      missing,
      'yes',
    ],
    [
      'an or with a no is unknown',
      '- Image: /bin/x\n- CommandLine|contains: x',
      missing,
      'unknown',
    ],
    ['exists of a missing field is unknown', 'CommandLine|exists: false', missing, 'unknown'],
    ['null of a missing field is unknown', 'CommandLine: null', missing, 'unknown'],
    ['neq of a missing field is unknown', 'CommandLine|neq: x', missing, 'unknown'],
    [
      'what stands in a cut value is a yes',
      'CommandLine|contains: ls',
      { ...ls, missing: ['process.command_line'] },
      'yes',
    ],
    [
      'what does not is unknown',
      'CommandLine|contains: x',
      { ...ls, missing: ['process.command_line'] },
      'unknown',
    ],
    [
      'a keyword that was not seen is unknown',
      '- x',
      { Image: 'y', missing: ['process.command_line'] },
      'unknown',
    ],
    ['a field that no event has is unknown', 'OriginalFileName: x', ls, 'unknown'],
  ]);
});

describe('conditions', () => {
  const detection = (condition: string) => `
yes_1: { Image: /usr/bin/ls }
yes_2: { CommandLine|contains: -la }
no_1: { User: root }
no_2: { User: toor }
_hidden: { User: nobody }
condition: ${condition}`;
  test.each([
    ['yes_1', 'yes'],
    ['no_1', 'no'],
    ['not no_1', 'yes'],
    ['not not yes_1', 'yes'],
    ['yes_1 and yes_2', 'yes'],
    ['yes_1 and no_1', 'no'],
    ['no_1 or yes_1', 'yes'],
    ['YES_1 or yes_1', 'refused: selection-unknown'],
    ['no_1 or yes_1 and no_2', 'no'],
    ['yes_1 or yes_2 and no_1', 'yes'],
    ['(yes_1 or yes_2) and no_1', 'no'],
    ['not no_1 and yes_1', 'yes'],
    ['not (no_1 or yes_1)', 'no'],
    ['not 1 of no_*', 'yes'],
    ['1 of yes_*', 'yes'],
    ['1 of no_*', 'no'],
    ['any of yes_*', 'yes'],
    ['all of yes_*', 'yes'],
    ['all of no_*', 'no'],
    ['2 of yes_*', 'yes'],
    ['2 of them', 'yes'],
    ['3 of them', 'no'],
    ['1 of them', 'yes'],
    ['all of them', 'no'],
    ['all of *_1', 'no'],
    ['1 of *_2', 'yes'],
    ['1 of _*', 'no'],
    ['ALL OF yes_* AND NOT no_1', 'yes'],
    ['[no_1, yes_1]', 'yes'],
    ['[no_1, no_2]', 'no'],
    ['1 of maybe_*', 'refused: selection-unknown'],
    ['3 of yes_*', 'refused: condition-invalid'],
    ['yes_1 and', 'refused: condition-invalid'],
    ['(yes_1', 'refused: condition-invalid'],
    ['yes_1)', 'refused: condition-invalid'],
    ['yes_1 yes_2', 'refused: condition-invalid'],
    ['"yes_1 | count() > 3"', 'refused: condition-aggregation'],
    ['[]', 'refused: condition-invalid'],
    [`${'('.repeat(100)}yes_1${')'.repeat(100)}`, 'refused: condition-invalid'],
    [`${'not '.repeat(1_000)}yes_1`, 'refused: condition-invalid'],
  ])('%.60s', (condition, answer) => {
    expect(ask(detection(condition), ls)).toBe(answer);
  });

  test('names that begin with _ are no part of them', () => {
    const all = 'a: { Image: /usr/bin/ls }\n_b: { User: root }\ncondition: all of them';
    expect(ask(all, ls)).toBe('yes');
  });
});

describe('log sources and their fields', () => {
  const one = (selection: string) => `s: { ${selection} }\ncondition: s`;
  const linux = (rest: string) => `logsource: { product: linux, ${rest} }`;
  test.each([
    ['TargetFilename: /etc/x', { TargetFilename: '/etc/x' }, 'category: file_event', 'yes'],
    ['SourceFilename: /etc/x', { SourceFilename: '/etc/x' }, 'category: file_rename', 'yes'],
    ['Image: /bin/x', { Image: '/bin/x' }, 'category: file_delete', 'yes'],
    ['Hashes|contains: SHA256=ab', { sha256: 'abcd' }, 'category: process_creation', 'yes'],
    ['Hashes|contains: SHA256=ab', { 'file.hash.sha256': 'abcd' }, 'category: file_event', 'yes'],
    ["Initiated: 'true'", { 'network.direction': 'egress' }, 'category: network_connection', 'yes'],
    ["Initiated: 'true'", { Initiated: false }, 'category: network_connection', 'no'],
    ['DestinationPort: 22', { DestinationPort: 22 }, 'category: network_connection', 'yes'],
    ['QueryName|endswith: .example', { QueryName: 'a.example' }, 'category: dns_query', 'yes'],
    ['ParentImage|endswith: /sh', { ParentImage: '/bin/sh' }, 'category: process_creation', 'yes'],
    ['ImageLoaded|endswith: .ko', { ImageLoaded: '/x.ko' }, 'category: driver_load', 'yes'],
    ['type: EXECVE, a0: nc, a1: -e', { CommandLine: 'nc -e x' }, 'service: auditd', 'yes'],
    ['type: EXECVE, a1: -l', { CommandLine: 'nc -e x' }, 'service: auditd', 'no'],
    ['type: SYSCALL, exe|endswith: /nc', { exe: '/bin/nc' }, 'service: auditd', 'yes'],
    ['SYSCALL: execve, comm: nc', { comm: 'nc' }, 'service: auditd', 'yes'],
    [
      'type: PATH, name: /etc/x',
      { class: 'file', action: 'write', name: '/etc/x' },
      'service: auditd',
      'yes',
    ],
    ['nametype: DELETE', { class: 'file', action: 'delete', name: '/x' }, 'service: auditd', 'yes'],
    ['type: USER_AUTH', { type: 'USER_AUTH' }, 'service: auditd', 'yes'],
    [
      'message|contains: fail',
      { message: 'Failed x', 'service.name': 'sshd' },
      'service: sshd',
      'yes',
    ],
    [
      'message|contains: fail',
      { message: 'Failed x', 'service.name': 'cron' },
      'service: sshd',
      'no',
    ],
    [
      'message|contains: fail',
      { message: 'Failed x', 'service.name': 'su' },
      'service: auth',
      'yes',
    ],
    [
      'message|contains: fail',
      { message: 'Failed x', 'service.name': 'any' },
      'service: syslog',
      'yes',
    ],
    [
      'message|contains: x',
      { message: 'x', 'service.name': 'nginx' },
      'category: webserver',
      'yes',
    ],
    ['file.path: /x', { 'file.path': '/x' }, 'category: scan_hit', 'yes'],
  ] as const)('%s of %j in %s', (...[selection, fields, source, answer]) => {
    expect(ask(one(selection), fields, linux(source))).toBe(answer);
  });

  test('sources that no sensor serves compile and say nothing', () => {
    const source = 'logsource: { product: windows, category: registry_set }';
    expect(ask(one('TargetObject|contains: Run'), {}, source)).toBe('unknown');
  });
});
