// The CSV grammar over bytes: cells end at the delimiter or at LF, CR or CRLF; a cell that begins
// with a quote may hold all of them, and "" for a quote; blanks around a cell do not count; empty
// lines are skipped. A cell or row that the buffer does not hold completely is INCOMPLETE: nothing
// is judged before its end is seen.

import { CoppiceError } from "../../core/errors.ts";
import type { TextBuffer } from "./text-buffer.ts";

export const LF = 10;
export const CR = 13;
export const QUOTE = 34;
const SPACE = 32;
const TAB = 9;

/** A position that means: the buffer ends too early. */
export const INCOMPLETE: -1 = -1;

export interface SplitRow {
  readonly cells: string[];
  /** Where the next row begins. */
  readonly next: number;
  /** Line ends from where the search began to there. */
  readonly lines: number;
}

export class CsvCells {
  readonly buffer: TextBuffer;
  readonly delimiter: number;
  /** The line, from 1, at the buffer's begin. */
  line = 1;
  /** The cell found last is bytes[begin, end), without blanks and quotes. */
  bytes: Uint8Array;
  begin = 0;
  end = 0;
  /** Line ends inside the quotes of the cells found since it was last set to 0. */
  innerLines = 0;
  readonly #blankTab: number;
  readonly #decoder: TextDecoder = new TextDecoder();

  constructor(buffer: TextBuffer, delimiter: string) {
    this.buffer = buffer;
    this.delimiter = delimiter.charCodeAt(0);
    this.bytes = buffer.bytes;
    this.#blankTab = this.delimiter === TAB ? SPACE : TAB;
  }

  /** The text of the cell found last. */
  text(): string {
    return this.begin === this.end ? "" : this.#decoder.decode(this.bytes.subarray(this.begin, this.end));
  }

  /**
   * Finds the cell at `at`.
   *
   * @returns the position of what ends it (the buffer's end included), or INCOMPLETE
   */
  locate(at: number): number {
    const { buffer, delimiter } = this;
    const { bytes } = buffer;
    let begin = at;
    while (this.#isBlank(bytes[begin])) begin++;
    if (bytes[begin] === QUOTE) return this.#locateQuoted(begin + 1);
    let stop = begin;
    let byte = bytes[stop];
    while (byte !== delimiter && byte !== LF && byte !== CR) byte = bytes[++stop];
    if (stop >= buffer.end && !buffer.isFinal) return INCOMPLETE;
    let end = stop;
    while (end > begin && this.#isBlank(bytes[end - 1])) end--;
    this.bytes = bytes;
    this.begin = begin;
    this.end = end;
    return stop;
  }

  #isBlank(byte: number): boolean {
    return (byte === SPACE || byte === this.#blankTab) && byte !== this.delimiter;
  }

  #locateQuoted(begin: number): number {
    const { buffer, delimiter } = this;
    const { bytes, end: bufferEnd } = buffer;
    let quotes = 0;
    let close = begin;
    for (; close < bufferEnd; close++) {
      if (bytes[close] === LF) this.innerLines++;
      if (bytes[close] !== QUOTE) continue;
      // The byte after the last one is no quote, so a quote there counts as closing.
      if (bytes[close + 1] !== QUOTE) break;
      quotes++;
      close++;
    }
    if (close >= bufferEnd) {
      if (!buffer.isFinal) return INCOMPLETE;
      throw this.error("a quote must be closed, got the end of the data");
    }
    let stop = close + 1;
    while (this.#isBlank(bytes[stop])) stop++;
    if (stop >= bufferEnd && !buffer.isFinal) return INCOMPLETE;
    if (bytes[stop] !== delimiter && bytes[stop] !== LF && bytes[stop] !== CR) {
      throw this.error("a closing quote must be followed by the delimiter or the end of the line");
    }
    if (quotes > 0) this.#unescape(bytes, begin, close, quotes);
    else {
      this.bytes = bytes;
      this.begin = begin;
      this.end = close;
    }
    return stop;
  }

  #unescape(bytes: Uint8Array, begin: number, end: number, quotes: number): void {
    const text = new Uint8Array(end - begin - quotes);
    let length = 0;
    for (let i = begin; i < end; i++) {
      text[length++] = bytes[i];
      if (bytes[i] === QUOTE) i++;
    }
    this.bytes = text;
    this.begin = 0;
    this.end = length;
  }

  /** Where the next row begins, given what ended the last cell of this one; or INCOMPLETE. */
  rowAfter(stop: number): number {
    const { bytes, end, isFinal } = this.buffer;
    if (stop >= end) return isFinal ? end : INCOMPLETE;
    if (bytes[stop] === LF) return stop + 1;
    if (stop + 1 >= end) return isFinal ? end : INCOMPLETE;
    return bytes[stop + 1] === LF ? stop + 2 : stop + 1;
  }

  /** Whether an empty line or the end of the data stands at `at`. */
  isRowEnd(at: number): boolean {
    const byte = this.buffer.bytes[at];
    return byte === LF || byte === CR;
  }

  /** The first row from `at` on, as texts; undefined when the buffer holds no complete one. */
  splitRow(at: number): SplitRow | undefined {
    let lines = 1;
    while (this.isRowEnd(at)) {
      if (at >= this.buffer.end) return undefined;
      const next = this.rowAfter(at);
      if (next === INCOMPLETE) return undefined;
      at = next;
      lines++;
    }
    const cells: string[] = [];
    this.innerLines = 0;
    for (;;) {
      const stop = this.locate(at);
      if (stop === INCOMPLETE) return undefined;
      cells.push(this.text());
      if (!this.isRowEnd(stop)) {
        at = stop + 1;
        continue;
      }
      const next = this.rowAfter(stop);
      return next === INCOMPLETE ? undefined : { cells, next, lines: lines + this.innerLines };
    }
  }

  error(message: string, line: number = this.line): CoppiceError {
    const source = this.buffer.source.name;
    return new CoppiceError("INVALID_DATA", `${source}:${line}: ${message}`, { source, line });
  }
}
