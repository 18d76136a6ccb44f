// Reads Universal Binary JSON (ubjson.org, draft 12) into a document, as far as XGBoost writes it:
// big-endian numbers, counted and typed lists, objects without a count. Every count is held against
// the bytes that are left before anything is allocated.

import {
  checkDepth,
  type DocumentObject,
  type DocumentValue,
  decodeText,
  invalidModel,
  type NumberList,
  unexpectedByte,
} from "./document.ts";

const NUMBER_SIZES: Record<string, number> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

/** @throws {CoppiceError} INVALID_MODEL with the byte offset of what is not UBJSON */
export function readUbjson(bytes: Uint8Array): DocumentValue {
  const reader = new UbjsonReader(bytes);
  const value = reader.readValue(reader.readMarker(), 0);
  if (reader.at < bytes.length) throw reader.unexpected("the end of the file");
  return value;
}

class UbjsonReader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next type marker; "N" (no operation) is skipped. */
  readMarker(): string {
    let marker = "N";
    while (marker === "N") {
      this.#need(1, "a type marker");
      marker = String.fromCharCode(this.bytes[this.at++]);
    }
    return marker;
  }

  readValue(marker: string, depth: number): DocumentValue {
    checkDepth(depth, this.at);
    switch (marker) {
      case "{":
        return this.#readObject(depth);
      case "[":
        return this.#readList(depth);
      case "S":
        return this.#readText();
      case "T":
        return true;
      case "F":
        return false;
      case "Z":
        return null;
      default:
        if (marker in NUMBER_SIZES) return this.#readNumber(marker);
        this.at--;
        throw this.unexpected("a type marker");
    }
  }

  unexpected(expected: string): Error {
    return unexpectedByte(this.bytes, this.at, expected);
  }

  #readObject(depth: number): DocumentObject {
    const object = new Map<string, DocumentValue>();
    for (;;) {
      if (this.#peek() === "}") break;
      const key = this.#readText();
      object.set(key, this.readValue(this.readMarker(), depth + 1));
    }
    this.at++;
    return object;
  }

  #readList(depth: number): DocumentValue {
    let type: string | undefined;
    if (this.#peek() === "$") {
      this.at++;
      type = this.readMarker();
      if (!(type in NUMBER_SIZES)) {
        this.at--;
        throw this.unexpected("a number type");
      }
      if (this.#peek() !== "#") throw this.unexpected('"#" and a count');
    }
    const isCounted = this.#peek() === "#";
    if (isCounted) this.at++;
    const count = isCounted ? this.#readCount("items") : Number.POSITIVE_INFINITY;
    if (type !== undefined) return this.#readNumbers(type, count);
    const items: DocumentValue[] = [];
    while (items.length < count) {
      const marker = this.readMarker();
      if (!isCounted && marker === "]") break;
      items.push(this.readValue(marker, depth + 1));
    }
    return items;
  }

  #readNumbers(type: string, count: number): NumberList {
    this.#need(count * NUMBER_SIZES[type], `${count} numbers`);
    if (type === "U" || type === "i") {
      const bytes = this.bytes.slice(this.at, this.at + count);
      this.at += count;
      return type === "U" ? bytes : new Int8Array(bytes.buffer);
    }
    if (type === "d" || type === "l") {
      const words = new Int32Array(count);
      for (let i = 0; i < count; i++, this.at += 4) words[i] = this.#view.getInt32(this.at);
      return type === "d" ? new Float32Array(words.buffer) : words;
    }
    const numbers = type === "I" ? new Int16Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = this.#readNumber(type);
    return numbers;
  }

  #readNumber(type: string): number {
    const at = this.at;
    this.#need(NUMBER_SIZES[type], "a number");
    this.at = at + NUMBER_SIZES[type];
    switch (type) {
      case "i":
        return this.#view.getInt8(at);
      case "U":
        return this.#view.getUint8(at);
      case "I":
        return this.#view.getInt16(at);
      case "l":
        return this.#view.getInt32(at);
      case "d":
        return this.#view.getFloat32(at);
      case "D":
        return this.#view.getFloat64(at);
      default: {
        const value = this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
        if (Number.isSafeInteger(value)) return value;
        throw invalidModel(`the model file has an integer beyond 2^53 at byte ${at}`, { offset: at });
      }
    }
  }

  /** A length: an integer with its marker, as many of `what` as can still follow. */
  #readCount(what: string): number {
    const marker = this.readMarker();
    if (!"iUIlL".includes(marker)) {
      this.at--;
      throw this.unexpected("a length");
    }
    const at = this.at;
    const count = this.#readNumber(marker);
    if (count < 0 || count > this.bytes.length - this.at) {
      throw invalidModel(
        `the model file announces ${count} ${what} at byte ${at}, with ${this.bytes.length - this.at} bytes left`,
        { offset: at },
      );
    }
    return count;
  }

  #readText(): string {
    const length = this.#readCount("bytes of text");
    const begin = this.at;
    this.at += length;
    return decodeText(this.bytes, begin, this.at);
  }

  #peek(): string {
    this.#need(1, "a type marker");
    return String.fromCharCode(this.bytes[this.at]);
  }

  #need(size: number, what: string): void {
    if (size > this.bytes.length - this.at) {
      this.at = this.bytes.length;
      throw this.unexpected(what);
    }
  }
}
