// Writes a document as the JSON text that XGBoost 3.4.1 writes: no whitespace, floats in the
// shortest scientific notation, integers plain, objects in the order of their keys.

import { ByteWriter } from "./byte-writer.ts";
import { type DocumentValue, Float32Scalar, type NumberList } from "./document.ts";
import { writeFloat32 } from "./float-text.ts";

const MAX_FLOAT_LENGTH = 16;
// XGBoost parity: control characters have these escapes, everything else stands as it is.
const ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The document as UTF-8 bytes. */
export function writeJson(document: DocumentValue): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, document);
  return writer.finish();
}

/** A text in quotes with XGBoost's escapes. */
export function quoteText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  const escaped = text.replace(/["\\\x00-\x1f]/g, (character) => {
    return ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

function writeValue(writer: ByteWriter, value: DocumentValue): void {
  if (typeof value === "number") writer.writeAscii(String(value));
  else if (typeof value === "string") writer.writeBytes(writer.encode(quoteText(value)));
  else if (value === null || typeof value === "boolean") writer.writeAscii(String(value));
  else if (value instanceof Float32Scalar) writeFloat(writer, value.value);
  else if (value instanceof Map) writeObject(writer, value);
  else if (value instanceof Float32Array) writeList(writer, value, writeFloat);
  else if (ArrayBuffer.isView(value)) writeList(writer, value as NumberList, writeInteger);
  else writeList(writer, value as readonly DocumentValue[], writeValue);
}

function writeObject(writer: ByteWriter, object: ReadonlyMap<string, DocumentValue>): void {
  let separator = 123; // {
  for (const [key, value] of object) {
    writer.writeByte(separator);
    writer.writeBytes(writer.encode(quoteText(key)));
    writer.writeByte(58);
    writeValue(writer, value);
    separator = 44;
  }
  if (separator === 123) writer.writeByte(separator);
  writer.writeByte(125);
}

function writeList<T>(
  writer: ByteWriter,
  items: ArrayLike<T>,
  writeItem: (writer: ByteWriter, item: T) => void,
): void {
  writer.writeByte(91);
  for (let i = 0; i < items.length; i++) {
    if (i > 0) writer.writeByte(44);
    writeItem(writer, items[i]);
  }
  writer.writeByte(93);
}

function writeFloat(writer: ByteWriter, value: number): void {
  writer.reserve(MAX_FLOAT_LENGTH);
  writer.at = writeFloat32(value, writer.bytes, writer.at);
}

function writeInteger(writer: ByteWriter, value: number): void {
  writer.writeAscii(String(value));
}
