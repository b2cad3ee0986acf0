/* Text from devices is hostile. C0/C1 controls, bidirectional overrides and other invisible format
   characters (Unicode TR 36) are made visible, so that they are shown and never obeyed. */
const HOSTILE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with every control and direction character written as `\u{hex}`. */
export function visibleText(text: string): string {
  return text.replaceAll(
    HOSTILE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The text cut to at most `lengthMax` UTF-16 units, never inside a surrogate pair, well-formed. */
export function boundedText(text: string, lengthMax: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= lengthMax) return whole;
  const cut = whole.slice(0, lengthMax);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
