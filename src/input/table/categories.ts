// The dictionary of one categorical feature. While a table is read a value gets the next free code;
// at the end the values are sorted (numbers by size, texts by code unit) and the codes renumbered, so
// the order of rows does not matter. With a dictionary given, as for validation data, codes are
// looked up and an unknown value is an error.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { CategoryNames } from "../../data/dmatrix.ts";
import type { Placement } from "./feature-sink.ts";
import type { ColumnValues, StringValues, TableBlock } from "./table.ts";

/** XGBoost parity: category codes lie below 2^24, where float32 still counts. */
const MAX_CATEGORIES = 16777216;

export class CategoryEncoder {
  /** What messages call the feature. */
  readonly title: string;
  readonly #known: Map<string | number, number> = new Map();
  readonly #isFixed: boolean;
  /** For the dictionary seen last: its codes in ours, -1 where not looked up yet. */
  #translated: Int32Array = new Int32Array(0);
  #dictionary: readonly string[] | undefined;

  /** @param fixed the dictionary to keep to; by default it is learned */
  constructor(title: string, fixed?: readonly string[] | readonly number[]) {
    this.title = title;
    this.#isFixed = fixed !== undefined;
    fixed?.forEach((name, code) => {
      this.#known.set(name, code);
    });
  }

  /**
   * The codes of a block's values, -1 where missing or not placed.
   *
   * @throws {CoppiceError} INVALID_DATA naming value, column and place of a category that is unknown
   *   or, in a numeric column, no integer
   */
  encode(
    values: ColumnValues,
    block: TableBlock,
    placements: readonly Placement[],
    missing: readonly number[],
  ): Int32Array {
    const codes = new Int32Array(block.rowCount).fill(-1);
    const translate =
      values.kind === "string"
        ? this.#textTranslator(values)
        : this.#numberTranslator(values.values, missing);
    for (const { rows, count } of placements) {
      for (let k = 0; k < count; k++) {
        const row = rows === null ? k : rows[k];
        codes[row] = translate(row, block);
      }
    }
    return codes;
  }

  #textTranslator(values: StringValues): (row: number, block: TableBlock) => number {
    const { codes, dictionary } = values;
    if (this.#dictionary !== dictionary) {
      this.#dictionary = dictionary;
      this.#translated = new Int32Array(0);
    }
    if (this.#translated.length < dictionary.length) {
      const grown = new Int32Array(Math.max(2 * this.#translated.length, dictionary.length)).fill(-1);
      grown.set(this.#translated);
      this.#translated = grown;
    }
    const translated = this.#translated;
    return (row, block) => {
      const code = codes[row];
      if (code < 0) return -1;
      // Looked up when a row first has the value: a dictionary may hold values that no row has.
      if (translated[code] < 0) translated[code] = this.#codeOf(dictionary[code], row, block);
      return translated[code];
    };
  }

  #numberTranslator(
    values: Float64Array | Float32Array,
    missing: readonly number[],
  ): (row: number, block: TableBlock) => number {
    return (row, block) => {
      const value = values[row];
      if (Number.isNaN(value) || missing.includes(value)) return -1;
      if (!Number.isSafeInteger(value)) {
        throw new CoppiceError(
          "INVALID_DATA",
          `${block.placeOf(row)}: categories of a numeric column must be integers, got ${value} in ${this.title}`,
        );
      }
      return this.#codeOf(value, row, block);
    };
  }

  #codeOf(value: string | number, row: number, block: TableBlock): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (this.#isFixed) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${block.placeOf(row)}: unknown category ${showValue(value)} in ${this.title}: it was not among the ${this.#known.size} that the model or table was made with`,
        { value },
      );
    }
    const code = this.#known.size;
    if (code >= MAX_CATEGORIES) {
      throw new CoppiceError("INVALID_DATA", `${this.title} must have at most ${MAX_CATEGORIES} categories`);
    }
    this.#known.set(value, code);
    return code;
  }

  /** The names in code order, and by what to replace the codes given so far; null for nothing. */
  finish(): { names: NonNullable<CategoryNames>; newCodes: Int32Array | null } {
    const names = [...this.#known.keys()] as string[];
    if (this.#isFixed) return { names, newCodes: null };
    const sorted = sortNames(names);
    const newCodes = new Int32Array(names.length);
    for (let code = 0; code < sorted.length; code++) newCodes[this.#known.get(sorted[code])!] = code;
    return { names: sorted, newCodes: newCodes.every((code, i) => code === i) ? null : newCodes };
  }
}

/** Numbers by size, texts by code unit. */
export function sortNames<T extends string | number>(names: readonly T[]): T[] {
  const numeric = names.every((name) => typeof name === "number");
  return [...names].sort(numeric ? (a, b) => (a as number) - (b as number) : undefined);
}
