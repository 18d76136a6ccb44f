// A range of a text table as a source of its own: the header, then the rows that begin in [begin, end).
// Whether a line end stands inside quotes is told by the number of quotes before it, so the caller says
// how many there are before the range. (A stray quote in an unquoted cell shifts where ranges meet,
// the same for both neighbours: rows may lie unevenly, none is lost.)

import { CoppiceError } from "../../core/errors.ts";
import type { ByteSource } from "../table/bytes.ts";
import { LF, QUOTE } from "./csv-cells.ts";

const PORTION_BYTES = 1 << 18;

/** The number of quotes in the bytes [begin, end). */
export async function countQuotes(source: ByteSource, begin: number, end: number): Promise<number> {
  let count = 0;
  for await (const bytes of portions(source, begin, end)) {
    for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) count++;
  }
  return count;
}

/** Quotes in the bytes before a range, and in it. */
export interface RangeQuotes {
  readonly before: number;
  readonly inside: number;
}

/**
 * The rows that begin in a range of an unpacked file.
 *
 * @param hasHeader whether the first line is to come before the rows
 * @returns undefined when no row begins there
 */
export async function lineRange(
  source: ByteSource,
  { begin, end }: { begin: number; end: number },
  quotes: RangeQuotes,
  hasHeader: boolean,
): Promise<ByteSource | undefined> {
  const rowBegin = await findRow(source, begin, quotes.before);
  const rowEnd = await findRow(source, end, quotes.before + quotes.inside);
  if (rowBegin >= rowEnd) return undefined;
  const headerEnd = hasHeader && rowBegin > 0 ? await findRow(source, 1, await countQuotes(source, 0, 1)) : 0;
  return {
    name: rowBegin === 0 ? source.name : `${source.name} (from byte ${rowBegin})`,
    byteLength: headerEnd + rowEnd - rowBegin,
    slice: () => {
      throw new CoppiceError("INTERNAL", "a range of text is read as a stream");
    },
    async *stream() {
      yield* portions(source, 0, headerEnd);
      yield* portions(source, rowBegin, rowEnd);
    },
    close: () => source.close(),
  };
}

/**
 * Where the first row begins at `position` or after it; the end of the file when none does.
 *
 * @param quotes quotes in the bytes before `position`
 */
async function findRow(source: ByteSource, position: number, quotes: number): Promise<number> {
  if (position === 0) return 0;
  // A row begins at `position` itself when the byte before it ends a line.
  const previous = new Uint8Array(await source.slice(position - 1, position));
  if (previous[0] === LF && quotes % 2 === 0) return position;
  let isQuoted = quotes % 2 === 1;
  let at = position;
  for await (const bytes of portions(source, position, source.byteLength)) {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === QUOTE) isQuoted = !isQuoted;
      else if (bytes[i] === LF && !isQuoted) return at + i + 1;
    }
    at += bytes.length;
  }
  return source.byteLength;
}

async function* portions(source: ByteSource, begin: number, end: number): AsyncGenerator<Uint8Array> {
  if (source.read === undefined) {
    for (let at = begin; at < end; at += PORTION_BYTES) {
      yield new Uint8Array(await source.slice(at, Math.min(end, at + PORTION_BYTES)));
    }
    return;
  }
  const buffer = new Uint8Array(Math.min(PORTION_BYTES, Math.max(0, end - begin)));
  for (let at = begin; at < end; ) {
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, end - at)), at);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    at += count;
  }
}
