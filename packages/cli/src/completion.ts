import { COMMON_OPTIONS, type CommandSpec, type OptionSpec } from './command-spec.ts';
import { longOf } from './options.ts';
import { PROGRAMS } from './program.ts';

/** The shells that scripts are written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A word that may come next, and what it means. */
export interface Word {
  readonly word: string;
  readonly summary: string;
}

/** A place in the command tree. */
export interface Place {
  /** The commands that lead here, with a space between; empty at the top. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** What an option takes, where that is a choice. */
  readonly choices: readonly { readonly option: string; readonly words: readonly string[] }[];
}

/** Every place of the command tree, top first. */
export function completionTree(specs: readonly CommandSpec[]): readonly Place[] {
  const programs = PROGRAMS.map(([word, summary]) => ({ word, summary }));
  const top: Place = {
    path: '',
    commands: [...specs.map(wordOf), ...programs],
    options: [
      { word: '--help', summary: 'explain' },
      { word: '--version', summary: 'print the version' },
    ],
    choices: [],
  };
  return [top, ...specs.flatMap((spec) => placesOf(spec, spec.name))];
}

function placesOf(spec: CommandSpec, path: string): readonly Place[] {
  const children = spec.commands ?? [];
  const named = children.flatMap((child) =>
    [child.name, ...(child.aliases ?? [])].map((name) => ({ child, name })),
  );
  const options = spec.run ? [...(spec.options ?? []), ...COMMON_OPTIONS] : [];
  const place: Place = {
    path,
    commands: [
      ...named.map(({ child, name }) => ({ word: name, summary: child.summary })),
      ...(spec.arguments ?? []).flatMap(({ choices, summary }) =>
        (choices ?? []).map((word) => ({ word, summary })),
      ),
    ],
    options: [
      ...options.map((option) => ({ word: longOf(option.flags), summary: option.summary })),
      { word: '--help', summary: 'explain this command' },
    ],
    choices: options.flatMap(choiceOf),
  };
  return [place, ...named.flatMap(({ child, name }) => placesOf(child, `${path} ${name}`))];
}

function choiceOf(option: OptionSpec) {
  if (option.kind === 'yes-no') return [{ option: longOf(option.flags), words: ['yes', 'no'] }];
  return option.choices ? [{ option: longOf(option.flags), words: option.choices }] : [];
}

function wordOf({ name, summary }: CommandSpec): Word {
  return { word: name, summary };
}

/** The completion script of a shell. It holds the tree and asks nobody at completion time. */
export function completionScript(shell: Shell, places: readonly Place[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(places);
    case 'zsh':
      return zshScript(places);
    case 'fish':
      return fishScript(places);
  }
}

const HEAD = '# Completion of wardgrid, made by `wardgrid completion`; do not edit.';

/** Paths that lead somewhere, as the patterns of a `case`. */
function casePaths(places: readonly Place[]): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|');
}

function bashScript(places: readonly Place[]): string {
  const choices = places.flatMap(({ path, choices }) =>
    choices.map(
      ({ option, words }) =>
        `    ${quoted(`${path}:${option}`)}) words=${quoted(words.join(' '))} ;;`,
    ),
  );
  const words = places.map(({ path, commands, options }) => {
    const all = [...commands, ...options].map(({ word }) => word).join(' ');
    return `      ${quoted(path)}) words=${quoted(all)} ;;`;
  });
  return `${HEAD}
_wardgrid() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path='' words='' next word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    next="\${path:+$path }$word"
    case "$next" in
      ${casePaths(places)}) path="$next" ;;
    esac
  done
  case "$path:$previous" in
${choices.join('\n')}
  esac
  if [[ -z "$words" ]]; then
    case "$path" in
${words.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _wardgrid wardgrid
`;
}

function zshScript(places: readonly Place[]): string {
  const choices = places.flatMap(({ path, choices }) =>
    choices.map(
      ({ option, words }) =>
        `    ${quoted(`${path}:${option}`)}) compadd -- ${words.map(quoted).join(' ')}; return ;;`,
    ),
  );
  const described = places.map(({ path, commands, options }) => {
    const items = [...commands, ...options].map(({ word, summary }) =>
      quoted(`${word.replaceAll(':', String.raw`\:`)}:${summary}`),
    );
    return `    ${quoted(path)}) items=(${items.join(' ')}) ;;`;
  });
  return `#compdef wardgrid
${HEAD}
_wardgrid() {
  local place='' next word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${casePaths(places)}) place="$next" ;;
    esac
  done
  case "$place:\${words[CURRENT-1]}" in
${choices.join('\n')}
  esac
  case "$place" in
${described.join('\n')}
  esac
  _describe -t commands 'wardgrid' items || _files
}
if [[ "$funcstack[1]" = _wardgrid ]]; then _wardgrid "$@"; else compdef _wardgrid wardgrid; fi
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options, choices }) => {
    const at = `-n ${quoted(`__wardgrid_at ${quoted(path)}`)}`;
    const taken = new Map(choices.map(({ option, words }) => [option, words]));
    return [
      ...commands.map(
        ({ word, summary }) => `complete -c wardgrid -f ${at} -a ${word} -d ${quoted(summary)}`,
      ),
      ...options.map(({ word, summary }) => {
        const words = taken.get(word);
        const values = words ? ` -x -a ${quoted(words.join(' '))}` : '';
        return `complete -c wardgrid ${at} -l ${word.slice(2)}${values} -d ${quoted(summary)}`;
      }),
    ];
  });
  return `${HEAD}
function __wardgrid_at
    set -l place
    for word in (commandline -opc)[2..-1]
        set -l next (string join ' ' $place $word)
        switch "$next"
            case ${places
              .filter(({ path }) => path !== '')
              .map(({ path }) => quoted(path))
              .join(' ')}
                set place $next
        end
    end
    test "$place" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** A word in single quotes, as every of the three shells reads it here. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
