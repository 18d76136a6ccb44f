// Words that other programs write for a missing value. A text table is read as it stands, so a column of numbers
// with one of them is text; these are for hints only.

const WORDS: readonly string[] = [
  "na",
  "n/a",
  "#n/a",
  "nan",
  "null",
  "none",
  "nil",
  "?",
  "-",
  ".",
  "missing",
];

/** Whether `text` is likely to mean a missing value. */
export function isMissingWord(text: string): boolean {
  return WORDS.includes(text.trim().toLowerCase());
}

/** What to do about it, as the end of a message. */
export function missingHint(text: string): string {
  const shown = JSON.stringify(text);
  return `if ${shown} means missing, read the table with \`missing: ${shown}\` (--missing ${/^[\w/]+$/.test(text) ? text : `'${text}'`})`;
}
