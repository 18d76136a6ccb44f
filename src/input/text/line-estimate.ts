// About how many lines a text has, from pieces of it spread evenly over the file: their line ends are counted,
// the rest is taken to be like them. A short text is counted whole.

import { type ByteSource, isGzip } from "../table/bytes.ts";
import { LF } from "./csv-cells.ts";

const PIECE_BYTES = 1 << 18;
const MAX_PIECES = 32;

/** The number of lines, ended by LF; undefined for a packed file or another line end. */
export async function estimateLineCount(source: ByteSource): Promise<number | undefined> {
  const { byteLength } = source;
  const pieces = Math.min(MAX_PIECES, Math.ceil(byteLength / PIECE_BYTES));
  let ends = 0;
  let seenBytes = 0;
  let lastByte = LF;
  for (let i = 0; i < pieces; i++) {
    const share = (byteLength - Math.min(byteLength, PIECE_BYTES)) / Math.max(1, pieces - 1);
    // Without gaps or overlap where all pieces together are the text.
    const begin = pieces < MAX_PIECES ? i * PIECE_BYTES : Math.floor(i * share);
    const bytes = new Uint8Array(await source.slice(begin, Math.min(byteLength, begin + PIECE_BYTES)));
    if (i === 0 && isGzip(bytes)) return undefined;
    for (let at = 0; at < bytes.length; at++) if (bytes[at] === LF) ends++;
    seenBytes += bytes.length;
    lastByte = bytes[bytes.length - 1] ?? LF;
  }
  if (ends === 0 || seenBytes === 0) return undefined;
  return Math.round((ends * byteLength) / seenBytes) + (lastByte === LF ? 0 : 1);
}
