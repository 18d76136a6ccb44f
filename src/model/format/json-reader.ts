// Reads the JSON of model files from UTF-8 bytes into a document. Differs from JSON.parse: NaN,
// Infinity and -Infinity are numbers, as XGBoost writes them; and a number is rounded so that rounding it
// again to float32 gives the float32 nearest to the text.

import {
  checkDepth,
  type DocumentObject,
  type DocumentValue,
  decodeText,
  unexpectedByte,
} from "./document.ts";
import { isMidpoint, readJsonNatively } from "./json-native.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** @throws {CoppiceError} INVALID_MODEL with the byte offset of what is not JSON */
export function readJson(bytes: Uint8Array): DocumentValue {
  return readJsonNatively(bytes) ?? readJsonText(bytes);
}

/** The same by the text alone. @throws {CoppiceError} INVALID_MODEL with the byte offset of what is not JSON */
export function readJsonText(bytes: Uint8Array): DocumentValue {
  const reader = new JsonReader(bytes);
  const value = reader.readValue(0);
  reader.skipSpace();
  if (reader.at < bytes.length) throw reader.unexpected("the end of the file");
  return value;
}

class JsonReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  readValue(depth: number): DocumentValue {
    checkDepth(depth, this.at);
    this.skipSpace();
    switch (this.bytes[this.at]) {
      case 123: // {
        return this.#readObject(depth);
      case 91: // [
        return this.#readList(depth);
      case QUOTE:
        return this.#readText();
      case 116: // t
        return this.#readWord("true", true);
      case 102: // f
        return this.#readWord("false", false);
      case 110: // n
        return this.#readWord("null", null);
      default:
        if (this.#startsNumber()) return this.#readNumber();
        throw this.unexpected("a value");
    }
  }

  skipSpace(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return;
      this.at++;
    }
  }

  unexpected(expected: string): Error {
    return unexpectedByte(this.bytes, this.at, expected);
  }

  #readObject(depth: number): DocumentObject {
    const object = new Map<string, DocumentValue>();
    this.at++;
    this.skipSpace();
    if (this.#skip(125)) return object;
    do {
      this.skipSpace();
      if (this.bytes[this.at] !== QUOTE) throw this.unexpected("a key in quotes");
      const key = this.#readText();
      this.skipSpace();
      if (!this.#skip(58)) throw this.unexpected('":"');
      object.set(key, this.readValue(depth + 1));
      this.skipSpace();
    } while (this.#skip(COMMA));
    if (!this.#skip(125)) throw this.unexpected('"," or "}"');
    return object;
  }

  #readList(depth: number): DocumentValue {
    const items: DocumentValue[] = [];
    this.at++;
    this.skipSpace();
    if (this.#skip(93)) return items;
    do {
      items.push(this.readValue(depth + 1));
      this.skipSpace();
    } while (this.#skip(COMMA));
    if (!this.#skip(93)) throw this.unexpected('"," or "]"');
    return items;
  }

  #startsNumber(): boolean {
    const byte = this.bytes[this.at];
    return (byte >= ZERO && byte <= 57) || byte === MINUS || byte === 78 || byte === 73;
  }

  #readNumber(): number {
    const { bytes } = this;
    const isNegative = this.#skip(MINUS);
    if (bytes[this.at] === 78) return this.#readWord("NaN", NaN);
    if (bytes[this.at] === 73) return this.#readWord("Infinity", isNegative ? -Infinity : Infinity);
    const begin = this.at;
    this.#skipDigits();
    if (this.#skip(POINT)) this.#skipDigits();
    if ((bytes[this.at] | 32) === 101) {
      this.at++;
      if (!this.#skip(MINUS)) this.#skip(43);
      this.#skipDigits();
    }
    const text = decodeText(bytes, begin, this.at);
    const nearest = Number(text);
    const value = isMidpoint(nearest) ? awayFromMidpoint(nearest, text) : nearest;
    return isNegative ? -value : value;
  }

  /** At least one digit. */
  #skipDigits(): void {
    const begin = this.at;
    while (this.bytes[this.at] >= ZERO && this.bytes[this.at] <= 57) this.at++;
    if (this.at === begin) throw this.unexpected("a digit");
  }

  #readText(): string {
    const { bytes } = this;
    const begin = ++this.at;
    let isEscaped = false;
    for (let byte = bytes[begin]; byte !== QUOTE; byte = bytes[++this.at]) {
      if (byte === undefined) throw this.unexpected("the rest of a string");
      if (byte === BACKSLASH) {
        isEscaped = true;
        this.at++;
      }
    }
    const text = decodeText(bytes, begin, this.at++);
    if (!isEscaped) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      this.at = begin;
      throw this.unexpected("text with the escapes of JSON");
    }
  }

  #readWord<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++, this.at++) {
      if (this.bytes[this.at] !== word.charCodeAt(i)) throw this.unexpected(`"${word}"`);
    }
    return value;
  }

  #skip(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }
}

/**
 * `value` is the float64 nearest to `text` and halfway between two float32 numbers: when the text
 * itself lies beside that point, moves to its side, so that rounding twice equals rounding once.
 */
function awayFromMidpoint(value: number, text: string): number {
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  const power = Number(exponent) - fraction.length;
  // text = digits * 10^power; value = scaled / 2^200, exactly: midpoints are multiples of 2^-150.
  const digits = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, power)) * 2n ** 200n;
  const scaled = BigInt(value * 2 ** 150) * 2n ** 50n * 10n ** BigInt(Math.max(0, -power));
  if (digits === scaled) return value;
  return value * (1 + (digits > scaled ? 1 : -1) * 2 ** -52);
}
