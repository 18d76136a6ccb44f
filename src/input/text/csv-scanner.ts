// Rows of CSV into columns of numbers and codes. This is the hot loop of reading text: a number goes
// from bytes into its column without becoming a string, a text becomes a code by its bytes. The
// block's columns lie one after another in one array each: value of (request, row) at
// request * blockRowCount + row.

import { type CoppiceError, showValue } from "../../core/errors.ts";
import { isMissingWord, missingHint } from "../../data/missing-words.ts";
import { ByteDictionary } from "../table/byte-dictionary.ts";
import { parseNumberText } from "../table/convert.ts";
import type { ColumnRequest, ColumnValues, TableBlock } from "../table/table.ts";
import { CR, type CsvCells, INCOMPLETE, LF, QUOTE } from "./csv-cells.ts";
import { parseDecimal } from "./decimal.ts";

/** What a column of the file is read as. */
const SKIP = 0;
const FLOAT32 = 1;
const FLOAT64 = 2;
const TEXT = 3;

const SPACE = 32;
const TAB = 9;

export interface CsvColumns {
  /** As messages show them, one per column of the file. */
  readonly titles: readonly string[];
  readonly requests: readonly ColumnRequest[];
  /** Texts that mean missing. */
  readonly missing: ReadonlySet<string>;
}

export class CsvScanner {
  readonly blockRowCount: number;
  rowCount = 0;
  readonly #cells: CsvCells;
  readonly #columns: CsvColumns;
  readonly #modes: Uint8Array;
  /** Where each column of the file begins in #numbers or #codes. */
  readonly #begins: Int32Array;
  readonly #numbers: Float64Array;
  readonly #codes: Int32Array;
  /** The line of each row. */
  readonly #lines: Float64Array;
  readonly #dictionaries: (ByteDictionary | undefined)[];

  constructor(cells: CsvCells, columns: CsvColumns, blockRowCount: number) {
    const { titles, requests, missing } = columns;
    this.#cells = cells;
    this.#columns = columns;
    this.blockRowCount = blockRowCount;
    this.#modes = new Uint8Array(titles.length);
    this.#begins = new Int32Array(titles.length);
    this.#dictionaries = titles.map(() => undefined);
    let hasText = false;
    requests.forEach(({ column, kind, float32 }, request) => {
      this.#modes[column] = kind === "string" ? TEXT : float32 ? FLOAT32 : FLOAT64;
      this.#begins[column] = request * blockRowCount;
      if (kind !== "string") return;
      this.#dictionaries[column] = new ByteDictionary(missing);
      hasText = true;
    });
    this.#numbers = new Float64Array(requests.length * blockRowCount);
    this.#codes = new Int32Array(hasText ? requests.length * blockRowCount : 0);
    this.#lines = new Float64Array(blockRowCount);
  }

  /**
   * Takes complete rows from the buffer until it runs out or the block is full.
   *
   * @throws {CoppiceError} INVALID_DATA with path and line of a ragged row or a text among numbers
   */
  parse(): void {
    const cells = this.#cells;
    const { buffer } = cells;
    while (this.rowCount < this.blockRowCount && buffer.begin < buffer.end) {
      if (cells.isRowEnd(buffer.begin)) {
        const next = cells.rowAfter(buffer.begin);
        if (next === INCOMPLETE) return;
        buffer.begin = next;
        cells.line++;
        continue;
      }
      cells.innerLines = 0;
      const next = this.#parseRow(buffer.begin);
      if (next === INCOMPLETE) return;
      buffer.begin = next;
      this.#lines[this.rowCount++] = cells.line;
      cells.line += 1 + cells.innerLines;
    }
  }

  /** The rows since the last call, as a block that holds until the next `parse`. */
  takeBlock(): TableBlock {
    const { rowCount, blockRowCount } = this;
    this.rowCount = 0;
    const { requests } = this.#columns;
    return {
      rowCount,
      readColumn: (request): ColumnValues => {
        const { column, kind } = requests[request];
        const begin = request * blockRowCount;
        if (kind === "number") {
          return { kind, values: this.#numbers.subarray(begin, begin + rowCount) };
        }
        const dictionary = this.#dictionaries[column]?.texts ?? [];
        return { kind, codes: this.#codes.subarray(begin, begin + rowCount), dictionary };
      },
      placeOf: (row) => `${this.#cells.buffer.source.name}:${this.#lines[row]}`,
    };
  }

  /** Reads the row at `at`; gives the begin of the next one or INCOMPLETE. */
  #parseRow(at: number): number {
    const cells = this.#cells;
    const { bytes, end } = cells.buffer;
    const { delimiter } = cells;
    const modes = this.#modes;
    const begins = this.#begins;
    const numbers = this.#numbers;
    const row = this.rowCount;
    const last = modes.length - 1;
    for (let column = 0; column <= last; column++) {
      const mode = modes[column];
      let stop: number;
      if (mode === SKIP) stop = this.#skip(at);
      else if (mode === TEXT) stop = this.#readText(at, column, row);
      else {
        const digit = bytes[at] - 48;
        if (bytes[at + 1] === delimiter && digit >= 0 && digit <= 9 && column < last) {
          // One-hot columns and small counts: most cells of many tables.
          numbers[begins[column] + row] = digit;
          at += 2;
          continue;
        }
        stop = parseDecimal(bytes, at, numbers, begins[column] + row, mode === FLOAT32);
        if (stop < 0 || (bytes[stop] !== delimiter && bytes[stop] !== LF && bytes[stop] !== CR)) {
          stop = this.#slowNumber(at, column, row);
        }
      }
      if (stop === INCOMPLETE) return INCOMPLETE;
      if (bytes[stop] === delimiter && column < last) at = stop + 1;
      else if (stop >= end && !cells.buffer.isFinal) return INCOMPLETE;
      else if (column < last || bytes[stop] === delimiter) throw this.#ragged();
      else return cells.rowAfter(stop);
    }
    return INCOMPLETE;
  }

  /** A cell that parseDecimal does not take: empty, missing, quoted, long or no number at all. */
  #slowNumber(at: number, column: number, row: number): number {
    const cells = this.#cells;
    const stop = cells.locate(at);
    if (stop === INCOMPLETE) return INCOMPLETE;
    const text = cells.text();
    const value = text === "" || this.#columns.missing.has(text) ? NaN : parseNumberText(text);
    if (value === undefined) {
      const hint = isMissingWord(text) ? `; ${missingHint(text)}` : "";
      throw cells.error(`${this.#columns.titles[column]} must hold numbers, got ${showValue(text)}${hint}`);
    }
    this.#numbers[this.#begins[column] + row] = value;
    return stop;
  }

  #readText(at: number, column: number, row: number): number {
    const cells = this.#cells;
    const stop = cells.locate(at);
    if (stop === INCOMPLETE) return INCOMPLETE;
    const { bytes, begin, end } = cells;
    const dictionary = this.#dictionaries[column];
    const code = begin === end || !dictionary ? -1 : dictionary.codeOf(bytes, begin, end);
    this.#codes[this.#begins[column] + row] = code;
    return stop;
  }

  #skip(at: number): number {
    const cells = this.#cells;
    const { bytes } = cells.buffer;
    const { delimiter } = cells;
    let byte = bytes[at];
    if (byte === QUOTE || byte === SPACE || byte === TAB) return cells.locate(at);
    while (byte !== delimiter && byte !== LF && byte !== CR) byte = bytes[++at];
    return at;
  }

  #ragged(): CoppiceError {
    const cells = this.#cells;
    const expected = this.#modes.length;
    const row = cells.splitRow(cells.buffer.begin);
    const got = row === undefined ? `more than ${expected}` : String(row.cells.length);
    return cells.error(`a row must have ${expected} cells like the first, got ${got}`);
  }
}
