// A zip archive of files in memory, for clusters that unpack one. The same files give the same bytes: no
// times, no owners, entries in the order given. Layout: PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16.

import { crc32, deflateRawSync } from "node:zlib";
import { CoppiceError } from "../../../core/errors.ts";

export interface ZipEntry {
  /** With "/" between folders. */
  readonly path: string;
  readonly content: Uint8Array;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
/** 2.0: folders and deflate. */
const VERSION = 20;
const UTF8_NAMES = 1 << 11;
const DEFLATED = 8;
/** 1 January 1980, the first day that the format knows. */
const DATE = (1 << 5) | 1;
/** Beyond these the format needs its 64-bit form. */
const MAX_ENTRIES = 65_535;
const MAX_BYTES = 2 ** 32 - 1;

/** @throws {CoppiceError} UNSUPPORTED for more than 65,535 files or 4 GiB */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const { path, content } of entries) {
    const name = new TextEncoder().encode(path);
    const packed = deflateRawSync(content);
    const fields = entryFields(name, content, packed);
    const local = record(LOCAL_HEADER, [...fields, [2, 0]], name);
    central.push(record(CENTRAL_HEADER, [[2, VERSION], ...fields, ...centralFields(offset)], name));
    locals.push(local, packed);
    offset += local.length + packed.length;
  }
  const centralBytes = central.reduce((sum, { length }) => sum + length, 0);
  if (entries.length > MAX_ENTRIES || offset + centralBytes > MAX_BYTES) {
    throw new CoppiceError("UNSUPPORTED", `a package must have at most ${MAX_ENTRIES} files and 4 GiB`);
  }
  const counts: Field[] = [2, 2].map((width) => [width, entries.length]);
  const end = record(END_RECORD, [[2, 0], [2, 0], ...counts, [4, centralBytes], [4, offset], [2, 0]]);
  return Buffer.concat([...locals, ...central, end]);
}

/** Width in bytes and value. */
type Field = readonly [2 | 4, number] | readonly [number, number];

/** What the two headers of an entry share. */
function entryFields(name: Uint8Array, content: Uint8Array, packed: Uint8Array): Field[] {
  return [
    [2, VERSION],
    [2, UTF8_NAMES],
    [2, DEFLATED],
    [2, 0],
    [2, DATE],
    [4, crc32(content)],
    [4, packed.length],
    [4, content.length],
    [2, name.length],
  ];
}

/** Extra field, comment, disk, internal and external attributes (none), and where the local header is. */
function centralFields(offset: number): Field[] {
  return [
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, offset],
  ];
}

function record(
  signature: number,
  fields: readonly Field[],
  name: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const all: readonly Field[] = [[4, signature], ...fields];
  const length = all.reduce((sum, [width]) => sum + width, 0);
  const bytes = new Uint8Array(length + name.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of all) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  bytes.set(name, length);
  return bytes;
}
