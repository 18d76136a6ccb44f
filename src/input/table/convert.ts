// A column asked for as the other kind: texts that must spell numbers, numbers as their texts. For
// formats that carry types, where a model's coding or the user wants something else than the file.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { NumberValues, StringValues } from "./table.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** The number that `text` spells in decimal, NaN for "nan", or undefined when it is no number. */
export function parseNumberText(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (NOT_A_NUMBER.test(text)) return NaN;
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return undefined;
}

/**
 * Texts as the numbers they spell.
 *
 * @param title the column, for the message
 * @throws {CoppiceError} INVALID_DATA naming the first row whose text is no number
 */
export function textsToNumbers(
  { codes, dictionary }: StringValues,
  rowCount: number,
  title: string,
  placeOf: (row: number) => string,
): NumberValues {
  const numbers = dictionary.map(parseNumberText);
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const value = codes[row] < 0 ? NaN : numbers[codes[row]];
    if (value === undefined) {
      const text = showValue(dictionary[codes[row]]);
      throw new CoppiceError("INVALID_DATA", `${placeOf(row)}: ${title} must hold numbers, got ${text}`);
    }
    values[row] = value;
  }
  return { kind: "number", values };
}

/** Numbers as their shortest texts. */
export function numbersToTexts({ values }: NumberValues, rowCount: number): StringValues {
  const known = new Map<number, number>();
  const codes = new Int32Array(rowCount).fill(-1);
  const dictionary: string[] = [];
  for (let row = 0; row < rowCount; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    let code = known.get(value);
    if (code === undefined) {
      code = dictionary.push(String(value)) - 1;
      known.set(value, code);
    }
    codes[row] = code;
  }
  return { kind: "string", codes, dictionary };
}
