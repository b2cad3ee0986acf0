/** The wanted fields of one paragraph. */
export type Paragraph = ReadonlyMap<string, string>;

/** Takes lines and gives the paragraphs that they complete. */
export interface ParagraphParser {
  readonly push: (lines: readonly string[]) => Paragraph[];
  /** The last paragraph, which no blank line ends. */
  readonly end: () => Paragraph[];
}

/**
 * A parser of files made of paragraphs of fields (deb822(5), Alpine's database), which keeps only
 * the wanted fields. Continuation lines and unknown fields cost nothing; the first of two equal
 * fields counts.
 */
export function createParagraphParser(
  separator: string,
  wanted: readonly string[],
): ParagraphParser {
  const names = new Set(wanted);
  let current = new Map<string, string>();

  function finish(): Paragraph[] {
    if (current.size === 0) return [];
    const paragraph = current;
    current = new Map();
    return [paragraph];
  }

  function take(line: string): void {
    const at = line.indexOf(separator);
    const name = at > 0 ? line.slice(0, at) : '';
    if (!names.has(name) || current.has(name)) return;
    current.set(name, line.slice(at + separator.length).trim());
  }

  return {
    push: (lines) =>
      lines.flatMap((line) => {
        if (line.trim() === '') return finish();
        take(line);
        return [];
      }),
    end: finish,
  };
}
