// Reads the JSON of model files from UTF-8 bytes into a document. Differs from JSON.parse: NaN,
// Infinity and -Infinity are numbers, as XGBoost writes them; lists of numbers become Float64Array;
// and a number is rounded so that rounding it again to float32 gives the float32 nearest to the text.

import {
  checkDepth,
  type DocumentObject,
  type DocumentValue,
  decodeText,
  unexpectedByte,
} from "./document.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** @throws {CoppiceError} INVALID_MODEL with the byte offset of what is not JSON */
export function readJson(bytes: Uint8Array): DocumentValue {
  const reader = new JsonReader(bytes);
  const value = reader.readValue(0);
  reader.skipSpace();
  if (reader.at < bytes.length) throw reader.unexpected("the end of the file");
  return value;
}

class JsonReader {
  readonly bytes: Uint8Array;
  at = 0;
  #numbers = new Float64Array(256);

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
    this.at++;
    this.skipSpace();
    if (this.#skip(93)) return [];
    const numbers = this.#readNumbers();
    if (this.#skip(93)) return numbers;
    // A list that holds anything but numbers.
    const items: DocumentValue[] = Array.from(numbers);
    do {
      items.push(this.readValue(depth + 1));
      this.skipSpace();
    } while (this.#skip(COMMA));
    if (!this.#skip(93)) throw this.unexpected('"," or "]"');
    return items;
  }

  /** The numbers at the head of a list, up to its "]" or to the first item of another kind. */
  #readNumbers(): Float64Array {
    let count = 0;
    while (this.#startsNumber()) {
      if (count === this.#numbers.length) {
        const grown = new Float64Array(2 * count);
        grown.set(this.#numbers);
        this.#numbers = grown;
      }
      this.#numbers[count++] = this.#readNumber();
      this.skipSpace();
      if (!this.#skip(COMMA)) {
        if (this.bytes[this.at] !== 93) throw this.unexpected('"," or "]"');
        break;
      }
      this.skipSpace();
      if (this.bytes[this.at] === 93) throw this.unexpected("a value");
    }
    return this.#numbers.slice(0, count);
  }

  #startsNumber(): boolean {
    const byte = this.bytes[this.at];
    return (byte >= ZERO && byte <= 57) || byte === MINUS || byte === 78 || byte === 73;
  }

  #readNumber(): number {
    const { bytes } = this;
    const begin = this.at;
    const isNegative = this.#skip(MINUS);
    if (bytes[this.at] === 78) return this.#readWord("NaN", NaN);
    if (bytes[this.at] === 73) return this.#readWord("Infinity", isNegative ? -Infinity : Infinity);
    const wholeBegin = this.at;
    let digits = this.#readDigits(0);
    let significant = this.at - wholeBegin;
    let power = 0;
    if (this.#skip(POINT)) {
      const fractionBegin = this.at;
      digits = this.#readDigits(digits);
      power = fractionBegin - this.at;
      significant -= power;
    }
    if ((bytes[this.at] | 32) === 101) {
      this.at++;
      const isDown = this.#skip(MINUS);
      if (!isDown) this.#skip(43);
      const exponent = this.#readDigits(0);
      power += isDown ? -exponent : exponent;
    }
    if (power === 0 && significant <= 15) return isNegative ? -digits : digits;
    const isExact = significant <= 15 && power >= -22 && power <= 22;
    const magnitude = isExact
      ? power < 0
        ? digits / POWERS_OF_TEN[-power]
        : digits * POWERS_OF_TEN[power]
      : Number(this.#ascii(isNegative ? begin + 1 : begin, this.at));
    const value = isMidpoint(magnitude)
      ? awayFromMidpoint(magnitude, this.#ascii(isNegative ? begin + 1 : begin, this.at))
      : magnitude;
    return isNegative ? -value : value;
  }

  /** At least one digit; the value is exact up to 15 digits. */
  #readDigits(value: number): number {
    const { bytes } = this;
    const begin = this.at;
    for (;;) {
      const digit = bytes[this.at] - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.at++;
    }
    if (this.at === begin) throw this.unexpected("a digit");
    return value;
  }

  #readText(): string {
    const { bytes } = this;
    let text = "";
    let begin = ++this.at;
    for (;;) {
      const byte = bytes[this.at];
      if (byte === undefined) throw this.unexpected("the rest of a string");
      if (byte === QUOTE || byte === BACKSLASH) {
        text += this.#decode(begin, this.at);
        this.at++;
        if (byte === QUOTE) return text;
        text += this.#readEscape();
        begin = this.at;
      } else this.at++;
    }
  }

  #readEscape(): string {
    const letter = String.fromCharCode(this.bytes[this.at] ?? 0);
    if (letter === "u") {
      const digits = this.#ascii(this.at + 1, this.at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.unexpected("u and four hexadecimal digits");
      this.at += 5;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (!'"\\/bfnrt'.includes(letter)) throw this.unexpected("an escaped character");
    this.at++;
    return ESCAPES[letter] ?? letter;
  }

  #decode(begin: number, end: number): string {
    if (end - begin <= 24) {
      let i = begin;
      while (i < end && this.bytes[i] < 128) i++;
      if (i === end) return this.#ascii(begin, end);
    }
    return decodeText(this.bytes, begin, end);
  }

  #ascii(begin: number, end: number): string {
    let text = "";
    for (let i = begin; i < end && i < this.bytes.length; i++) text += String.fromCharCode(this.bytes[i]);
    return text;
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

/** Whether a positive number lies exactly between two float32 numbers. */
function isMidpoint(value: number): boolean {
  const nearest = Math.fround(value);
  if (nearest === value || nearest === Infinity) return false;
  const other = nearest + 2 * (value - nearest);
  return Math.fround(other) === other;
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
