// A document: the tree of objects, lists, numbers and texts that JSON and UBJSON both spell, and a
// cursor (`Field`) that reads it with checks. Every failure names the field by its path, so that
// decoding can be written as if files were always whole.

import { CoppiceError, showValue } from "../../core/errors.ts";

/** A list of numbers of one kind; the kind decides how UBJSON spells it, see ubjson-writer.ts. */
export type NumberList = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

export type DocumentObject = ReadonlyMap<string, DocumentValue>;

export type DocumentValue =
  | null
  | boolean
  | string
  | number
  | Float32Scalar
  | EncodedUbjson
  | NumberList
  | readonly DocumentValue[]
  | DocumentObject;

/** A single number that is written as a float; plain numbers are written as integers. */
export class Float32Scalar {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A value that is UBJSON already; only in documents that are written as UBJSON. */
export class EncodedUbjson {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** How deep objects and lists may nest; XGBoost's files need 8. */
const MAX_DEPTH = 256;

/** The error of a model file; `place` is a field's path or a byte offset, in words. */
export function invalidModel(message: string, details: Record<string, string | number> = {}): CoppiceError {
  return new CoppiceError("INVALID_MODEL", message, details);
}

/** The error at byte `at`, where `expected` should be. */
export function unexpectedByte(bytes: Uint8Array, at: number, expected: string): CoppiceError {
  if (at >= bytes.length) {
    return invalidModel(`the model file ends at byte ${bytes.length} where ${expected} should follow`, {
      offset: bytes.length,
    });
  }
  const byte = bytes[at];
  const shown = byte > 32 && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
  return invalidModel(`the model file has ${shown} at byte ${at} where ${expected} should be`, {
    offset: at,
  });
}

/** @throws {CoppiceError} INVALID_MODEL when `depth` is beyond MAX_DEPTH */
export function checkDepth(depth: number, at: number): void {
  if (depth <= MAX_DEPTH) return;
  throw invalidModel(`the model file nests deeper than ${MAX_DEPTH} levels at byte ${at}`, { offset: at });
}

/**
 * The text in bytes [begin, end).
 *
 * @param whose what the bytes are counted in
 * @throws {CoppiceError} INVALID_MODEL when it is not UTF-8
 */
export function decodeText(bytes: Uint8Array, begin: number, end: number, whose = "the model file"): string {
  try {
    return strictDecoder.decode(bytes.subarray(begin, end));
  } catch {
    throw invalidModel(`${whose} has text that is not UTF-8 at byte ${begin}`, { offset: begin });
  }
}

export const strictDecoder: { decode(bytes: Uint8Array): string } = new TextDecoder("utf-8", {
  fatal: true,
  ignoreBOM: true,
});

/** A value of a document together with the path that leads to it. */
export class Field {
  readonly value: DocumentValue;
  readonly path: string;

  constructor(value: DocumentValue, path = "") {
    this.value = value;
    this.path = path;
  }

  /** @throws {CoppiceError} INVALID_MODEL always */
  fail(rule: string, got: unknown = describe(this.value)): never {
    throw invalidModel(`model field \`${this.path || "(top)"}\` must be ${rule}, got ${got}`, {
      field: this.path,
    });
  }

  /** @throws {CoppiceError} UNSUPPORTED always */
  failUnsupported(what: string): never {
    throw new CoppiceError("UNSUPPORTED", `model field \`${this.path}\`: ${what} are not supported`, {
      field: this.path,
    });
  }

  asObject(): DocumentObject {
    return this.value instanceof Map ? this.value : this.fail("an object");
  }

  find(key: string): Field | undefined {
    const value = this.asObject().get(key);
    return value === undefined ? undefined : new Field(value, this.path === "" ? key : `${this.path}.${key}`);
  }

  get(key: string): Field {
    const field = this.find(key);
    if (field !== undefined) return field;
    const path = this.path === "" ? key : `${this.path}.${key}`;
    throw invalidModel(`model field \`${path}\` is missing`, { field: path });
  }

  entries(): [string, Field][] {
    const prefix = this.path === "" ? "" : `${this.path}.`;
    return [...this.asObject()].map(([key, value]) => [key, new Field(value, prefix + key)]);
  }

  asText(): string {
    return typeof this.value === "string" ? this.value : this.fail("a string");
  }

  /** An integer, written as one or as text: XGBoost's parameters are strings. */
  asInteger(minimum: number, maximum: number = 2147483647): number {
    const value = typeof this.value === "string" && this.value !== "" ? Number(this.value) : this.value;
    if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum) {
      return value;
    }
    return this.fail(`an integer in [${minimum}, ${maximum}]`);
  }

  items(): Field[] {
    if (!Array.isArray(this.value) && !ArrayBuffer.isView(this.value)) return this.fail("a list");
    const values = this.value as ArrayLike<DocumentValue>;
    return Array.from(values, (value, i) => new Field(value, `${this.path}[${i}]`));
  }

  /** Item `i` of a list. */
  at(i: number): Field {
    return new Field((this.value as ArrayLike<DocumentValue>)[i], `${this.path}[${i}]`);
  }

  /** A list of numbers (or booleans, as 0 and 1), of `length` where given. */
  asNumbers(length?: number): ArrayLike<number> {
    const list = this.value;
    if (!Array.isArray(list) && !ArrayBuffer.isView(list)) return this.fail("a list of numbers");
    const isNumbers = ArrayBuffer.isView(list) || holdsNumbers(list as readonly DocumentValue[]);
    const numbers = isNumbers
      ? (list as ArrayLike<number>)
      : Float64Array.from(list as readonly DocumentValue[], (item, i) => this.#asNumber(item, i));
    if (length !== undefined && numbers.length !== length) {
      this.fail(`a list of ${length} numbers`, numbers.length);
    }
    return numbers;
  }

  /** The document's own array where it is one of float32. */
  asFloats(length?: number): Float32Array {
    const numbers = this.asNumbers(length);
    return numbers instanceof Float32Array ? numbers : new Float32Array(numbers);
  }

  /** A list of integers in [minimum, maximum]. */
  asIntegers(length: number | undefined, minimum: number, maximum: number): ArrayLike<number> {
    const numbers = this.asNumbers(length);
    const bad = findNonInteger(numbers, minimum, maximum);
    if (bad >= 0) this.at(bad).fail(`an integer in [${minimum}, ${maximum}]`);
    return numbers;
  }

  #asNumber(item: DocumentValue, i: number): number {
    if (typeof item === "number") return item;
    if (typeof item === "boolean") return Number(item);
    return this.at(i).fail("a number");
  }
}

function holdsNumbers(list: readonly DocumentValue[]): boolean {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "number") return false;
  return true;
}

/** The index of the first number that is no integer in [minimum, maximum], or -1. */
function findNonInteger(numbers: ArrayLike<number>, minimum: number, maximum: number): number {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    if (!(value >= minimum && value <= maximum && Math.floor(value) === value)) return i;
  }
  return -1;
}

function describe(value: DocumentValue): string {
  if (value instanceof Map) return "an object";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `a list of ${(value as ArrayLike<unknown>).length}`;
  }
  return showValue(value);
}
