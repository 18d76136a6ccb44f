// One column of an Arrow record batch as numbers or codes. Numbers are copied with NaN where the
// validity bitmap has a 0; texts go from their bytes to codes; a dictionary column looks its values
// up once per dictionary, not once per row.

import { CoppiceError } from "../../core/errors.ts";
import type { ByteDictionary } from "../table/byte-dictionary.ts";
import type { ColumnValues, TableColumn } from "../table/table.ts";

type Arrow = typeof import("apache-arrow");
export type ArrowData = import("apache-arrow").Data;
type ArrowType = import("apache-arrow").DataType;
type ArrowVector = import("apache-arrow").Vector;

/** apache-arrow's numbers of the types, as in Schema.fbs. */
const NULL = 1;
const INT = 2;
const FLOAT = 3;
const UTF8 = 5;
const BOOL = 6;
const DECIMAL = 7;
const LARGE_UTF8 = 20;
const UTF8_VIEW = 24;
const DICTIONARY = -1;

/** What a column of this type holds; a dictionary is what its values are. */
export function describeArrowType(name: string, type: ArrowType): TableColumn {
  if (type.typeId === DICTIONARY) {
    const values = describeArrowType(name, (type as unknown as { dictionary: ArrowType }).dictionary);
    const isIntegers = (type as unknown as { dictionary: ArrowType }).dictionary.typeId === INT;
    return { ...values, type: String(type), isCategorical: isIntegers };
  }
  const isNumber = [NULL, INT, FLOAT, BOOL, DECIMAL].includes(type.typeId);
  const isText = [UTF8, LARGE_UTF8, UTF8_VIEW].includes(type.typeId);
  return { name, kind: isNumber ? "number" : isText ? "string" : "other", type: String(type) };
}

/**
 * The values of a column of a batch.
 *
 * @param texts where texts get their codes; one per column, the same for all batches
 * @param scratch room for the numbers of a batch; the result may be a part of it, or of the batch itself
 */
export function readArrowColumn(
  arrow: Arrow,
  data: ArrowData,
  texts: ByteDictionary,
  scratch: Float64Array,
): ColumnValues {
  if (data.typeId === DICTIONARY && data.dictionary)
    return readDictionary(arrow, data, data.dictionary, texts, scratch);
  if ([UTF8, LARGE_UTF8, UTF8_VIEW].includes(data.typeId)) {
    return { kind: "string", codes: readTexts(arrow, data, texts), dictionary: texts.texts };
  }
  return { kind: "number", values: readNumbers(arrow, data, scratch.subarray(0, data.length)) };
}

function readDictionary(
  arrow: Arrow,
  data: ArrowData,
  dictionary: ArrowVector,
  texts: ByteDictionary,
  scratch: Float64Array,
): ColumnValues {
  const parts = dictionary.data.map((part) =>
    readArrowColumn(arrow, part, texts, new Float64Array(part.length)),
  );
  const values = parts.flatMap((part) => Array.from(part.kind === "number" ? part.values : part.codes));
  const isText = parts.length > 0 && parts[0].kind === "string";
  const positions = integersOf(data, new Float64Array(data.length));
  const codes = new Int32Array(isText ? data.length : 0);
  const numbers = scratch.subarray(0, data.length);
  const out = isText ? codes : numbers;
  const missing = isText ? -1 : NaN;
  for (let row = 0; row < data.length; row++) {
    if (!isValid(data, row)) out[row] = missing;
    else if (positions[row] >= 0 && positions[row] < values.length) out[row] = values[positions[row]];
    else throw new CoppiceError("INVALID_DATA", "damaged Arrow data: a value is not in its dictionary");
  }
  if (isText) return { kind: "string", codes, dictionary: texts.texts };
  return { kind: "number", values: numbers };
}

function isValid(data: ArrowData, row: number): boolean {
  const { nullBitmap, offset } = data;
  if (!nullBitmap || nullBitmap.length === 0) return true;
  return ((nullBitmap[(offset + row) >> 3] >> ((offset + row) & 7)) & 1) === 1;
}

function readNumbers(arrow: Arrow, data: ArrowData, out: Float64Array): Float64Array | Float32Array {
  const { values, length, nullCount, typeId } = data;
  if (typeId === FLOAT && nullCount === 0 && !(values instanceof Uint16Array))
    return values.subarray(0, length);
  copyNumbers(arrow, data, out);
  if (nullCount > 0) for (let row = 0; row < length; row++) if (!isValid(data, row)) out[row] = NaN;
  return out;
}

/** Values of all rows, whatever stands where there is none. */
function copyNumbers(arrow: Arrow, data: ArrowData, out: Float64Array): void {
  const { typeId, length, values, type, offset } = data;
  if (typeId === NULL) out.fill(NaN);
  else if (typeId === INT) integersOf(data, out);
  else if (typeId === FLOAT && !(values instanceof Uint16Array)) out.set(values.subarray(0, length));
  else if (typeId === BOOL) {
    for (let row = 0; row < length; row++)
      out[row] = (values[(offset + row) >> 3] >> ((offset + row) & 7)) & 1;
  } else if (typeId === DECIMAL) {
    const { scale } = type as unknown as { scale: number };
    const words = values.length / length;
    for (let row = 0; row < length; row++) {
      out[row] = decimalOf(values.subarray(row * words, (row + 1) * words)) / 10 ** scale;
    }
  } else {
    // Half floats, which the library unpacks.
    const vector = new arrow.Vector([data]);
    for (let row = 0; row < length; row++) out[row] = vector.get(row) ?? NaN;
  }
}

/** Integers of any width into `out`; 64-bit ones beyond 2^53 are rounded. */
function integersOf({ values, length }: ArrowData, out: Float64Array): Float64Array {
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) {
    out.set(values.subarray(0, length));
    return out;
  }
  const isSigned = values instanceof BigInt64Array;
  const low = new Uint32Array(values.buffer, values.byteOffset, 2 * length);
  const high = isSigned ? new Int32Array(values.buffer, values.byteOffset, 2 * length) : low;
  for (let i = 0; i < length; i++) out[i] = high[2 * i + 1] * 4294967296 + low[2 * i];
  return out;
}

/** A two's complement integer of 32-bit words, least significant first. */
function decimalOf(words: Uint32Array): number {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]);
  return Number(BigInt.asIntN(32 * words.length, value));
}

function readTexts(arrow: Arrow, data: ArrowData, texts: ByteDictionary): Int32Array {
  const { length, values, valueOffsets, typeId } = data;
  const codes = new Int32Array(length);
  if (typeId === UTF8_VIEW) {
    const vector = new arrow.Vector([data]);
    const encoder = new TextEncoder();
    for (let row = 0; row < length; row++) {
      const text = vector.get(row);
      const bytes = text === null ? undefined : encoder.encode(text);
      codes[row] = bytes ? texts.codeOf(bytes, 0, bytes.length) : -1;
    }
    return codes;
  }
  for (let row = 0; row < length; row++) {
    const begin = Number(valueOffsets[row]);
    const end = Number(valueOffsets[row + 1]);
    codes[row] = isValid(data, row) ? texts.codeOf(values, begin, end) : -1;
  }
  return codes;
}
