// Writes a document as the UBJSON bytes that XGBoost 3.4.1 writes. Lists of one number kind are
// typed: Float32Array "d", Float64Array "L" (64-bit integers), Int32Array "l", Int16Array "I",
// Int8Array "i", Uint8Array "U"; other lists have a count and a marker per item.

import { ByteWriter } from "./byte-writer.ts";
import { type DocumentValue, EncodedUbjson, Float32Scalar, type NumberList } from "./document.ts";

/** The document as bytes. */
export function writeUbjson(document: DocumentValue): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, document);
  return writer.finish();
}

function writeValue(writer: ByteWriter, value: DocumentValue): void {
  if (typeof value === "number") writeInteger(writer, value);
  else if (typeof value === "string") {
    writer.writeAscii("S");
    writeText(writer, value);
  } else if (value === null) writer.writeAscii("Z");
  else if (typeof value === "boolean") writer.writeAscii(value ? "T" : "F");
  else if (value instanceof Float32Scalar) {
    writer.writeAscii("d");
    writer.reserve(4);
    writer.view.setFloat32(writer.at, value.value);
    writer.at += 4;
  } else if (value instanceof Map) {
    writer.writeAscii("{");
    for (const [key, item] of value) {
      writeText(writer, key);
      writeValue(writer, item);
    }
    writer.writeAscii("}");
  } else if (value instanceof EncodedUbjson) writer.writeBytes(value.bytes);
  else if (ArrayBuffer.isView(value)) writeNumbers(writer, value as NumberList);
  else {
    const items = value as readonly DocumentValue[];
    writer.writeAscii("[#");
    writeLength(writer, items.length);
    for (const item of items) writeValue(writer, item);
  }
}

/** XGBoost parity: the smallest type that holds the value strictly inside its range. */
function writeInteger(writer: ByteWriter, value: number): void {
  writer.reserve(9);
  const { view, at } = writer;
  if (value > -128 && value < 127) {
    writer.writeAscii("i");
    view.setInt8(at + 1, value);
    writer.at = at + 2;
  } else if (value > -32768 && value < 32767) {
    writer.writeAscii("I");
    view.setInt16(at + 1, value);
    writer.at = at + 3;
  } else if (value > -2147483648 && value < 2147483647) {
    writer.writeAscii("l");
    view.setInt32(at + 1, value);
    writer.at = at + 5;
  } else writeLength(writer, value);
}

/** A 64-bit integer with its marker. */
function writeLength(writer: ByteWriter, value: number): void {
  writer.writeAscii("L");
  writer.reserve(8);
  writeInt64(writer.view, writer.at, value);
  writer.at += 8;
}

function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value >>> 0);
}

function writeText(writer: ByteWriter, text: string): void {
  // Most texts are keys, where an encoder call costs far more than the letters.
  if (isAscii(text)) {
    writeLength(writer, text.length);
    writer.writeAscii(text);
    return;
  }
  const bytes = writer.encode(text);
  writeLength(writer, bytes.length);
  writer.writeBytes(bytes);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function writeNumbers(writer: ByteWriter, numbers: NumberList): void {
  writer.writeAscii(`[$${markerOf(numbers)}#`);
  writeLength(writer, numbers.length);
  writer.reserve(numbers.byteLength);
  const { view, at } = writer;
  // A loop per kind, so that each call in it has one target.
  if (numbers instanceof Float32Array) {
    for (let i = 0; i < numbers.length; i++) view.setFloat32(at + 4 * i, numbers[i]);
  } else if (numbers instanceof Int32Array) {
    for (let i = 0; i < numbers.length; i++) view.setInt32(at + 4 * i, numbers[i]);
  } else if (numbers instanceof Float64Array) {
    for (let i = 0; i < numbers.length; i++) writeInt64(view, at + 8 * i, numbers[i]);
  } else if (numbers instanceof Int16Array) {
    for (let i = 0; i < numbers.length; i++) view.setInt16(at + 2 * i, numbers[i]);
  } else {
    writer.bytes.set(numbers, at);
  }
  writer.at = at + numbers.byteLength;
}

function markerOf(numbers: NumberList): string {
  if (numbers instanceof Float32Array) return "d";
  if (numbers instanceof Float64Array) return "L";
  if (numbers instanceof Int32Array) return "l";
  if (numbers instanceof Int16Array) return "I";
  return numbers instanceof Uint8Array ? "U" : "i";
}
