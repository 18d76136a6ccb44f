// What a CSV file does not say about itself, judged by its first rows: the delimiter, whether the
// first row names the columns, and which columns hold numbers.

import { parseNumberText } from "../table/convert.ts";
import type { ColumnKind } from "../table/table.ts";

const DELIMITERS = [",", "\t", ";", "|"];

/**
 * The delimiter of the first lines: the one that occurs equally often, and most often, in each of
 * them, outside quotes. A comma when none occurs.
 */
export function detectDelimiter(lines: readonly string[]): string {
  const bare = lines.filter((line) => line !== "").map((line) => line.replace(/"[^"]*"/g, ""));
  let best = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = bare.map((line) => line.split(delimiter).length - 1);
    const isEven = counts.every((count) => count === counts[0]);
    const score = counts.length === 0 || counts[0] === 0 ? 0 : counts[0] + (isEven ? 1e6 : 0);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** Texts that stand for a missing value often enough not to take them for a column's name. */
const MISSING_WORDS = new Set(["", "?", "na", "n/a", "nan", "null", "none", "nil", "-", "."]);

/**
 * Whether the first of `rows` names the columns. It does when all its cells are different and one
 * is a text above numbers; or when no cell of it is a number and no column is numeric, so that
 * nothing can be told.
 */
export function detectHeader(rows: readonly (readonly string[])[], missing: ReadonlySet<string>): boolean {
  const [first, ...rest] = rows;
  if (first === undefined) return false;
  const isMissing = (text: string) => missing.has(text) || MISSING_WORDS.has(text.toLowerCase());
  const isText = (text: string) => !isMissing(text) && parseNumberText(text) === undefined;
  if (new Set(first).size < first.length) return false;
  const kinds = first.map((_, column) => {
    const cells = rest.map((row) => row[column] ?? "").filter((text) => !isMissing(text));
    return cells.length === 0 ? "unknown" : cells.some(isText) ? "text" : "number";
  });
  if (first.some((text, column) => isText(text) && kinds[column] === "number")) return true;
  return first.every((text) => isText(text) || text === "");
}

/** The kind of each column: text when a cell of the rows is neither missing nor a number. */
export function detectKinds(
  rows: readonly (readonly string[])[],
  columnCount: number,
  missing: ReadonlySet<string>,
): ColumnKind[] {
  const kinds = new Array<ColumnKind>(columnCount).fill("number");
  for (const row of rows) {
    for (let column = 0; column < Math.min(columnCount, row.length); column++) {
      const text = row[column];
      if (text === "" || missing.has(text) || parseNumberText(text) !== undefined) continue;
      kinds[column] = "string";
    }
  }
  return kinds;
}
