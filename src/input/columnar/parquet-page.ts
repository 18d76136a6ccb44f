// The header of a Parquet page: a Thrift struct in the compact protocol, of which a few integers
// matter. Field numbers are those of parquet.thrift (apache/parquet-format).

import { CoppiceError } from "../../core/errors.ts";

export type PageType = "data" | "dataV2" | "dictionary" | "index";

export interface PageHeader {
  readonly type: PageType;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly valueCount: number;
  /** parquet.thrift's number of the values' encoding. */
  readonly encoding: number;
  /** Data page V2: bytes of the levels before the values, never packed. */
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  /** Data page V2: whether the values are packed. */
  readonly isPacked: boolean;
  /** Where the page's bytes begin. */
  readonly end: number;
}

const PAGE_TYPES: readonly PageType[] = ["data", "index", "dictionary", "dataV2"];

/** @throws {CoppiceError} INVALID_DATA when there is no header at `at` */
export function readPageHeader(bytes: Uint8Array, at: number): PageHeader {
  const reader = new CompactReader(bytes, at);
  const header = reader.readStruct();
  const type = PAGE_TYPES[numberOf(header, 1)];
  const details = header.get(type === "data" ? 5 : type === "dictionary" ? 7 : 8);
  const isData = details instanceof Map;
  if (type === undefined || (!isData && type !== "index")) {
    throw new CoppiceError("INVALID_DATA", `broken Parquet page header at byte ${at} of a column`);
  }
  const field = (number: number) => (isData ? numberOf(details, number) : 0);
  const isV2 = type === "dataV2";
  return {
    type,
    unpackedBytes: numberOf(header, 2),
    packedBytes: numberOf(header, 3),
    valueCount: field(1),
    encoding: field(isV2 ? 4 : 2),
    definitionBytes: isV2 ? field(5) : 0,
    repetitionBytes: isV2 ? field(6) : 0,
    isPacked: !isV2 || !isData || details.get(7) !== 0,
    end: reader.at,
  };
}

type Struct = Map<number, number | Struct>;

function numberOf(struct: Struct, field: number): number {
  const value = struct.get(field);
  return typeof value === "number" ? value : 0;
}

/** Reads the integers, booleans and structs of a Thrift struct and steps over the rest. */
class CompactReader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  readStruct(): Struct {
    const struct: Struct = new Map();
    let field = 0;
    for (;;) {
      const header = this.#readByte();
      const type = header & 15;
      if (type === 0) return struct;
      field = header >> 4 === 0 ? this.#readZigZag() : field + (header >> 4);
      const value = this.#readValue(type);
      if (value !== undefined) struct.set(field, value);
    }
  }

  #readValue(type: number): number | Struct | undefined {
    switch (type) {
      case 1: // true
        return 1;
      case 2: // false
        return 0;
      case 3: // byte
        return this.#readByte();
      case 4: // i16
      case 5: // i32
      case 6: // i64
        return this.#readZigZag();
      case 7: // double
        this.#skip(8);
        return undefined;
      case 8: // binary
        this.#skip(this.#readVarInt());
        return undefined;
      case 9: // list
      case 10: // set
        return this.#skipList();
      case 12:
        return this.readStruct();
      default:
        throw new CoppiceError("INVALID_DATA", `broken Parquet page header at byte ${this.at} of a column`);
    }
  }

  #skipList(): undefined {
    const header = this.#readByte();
    const count = header >> 4 === 15 ? this.#readVarInt() : header >> 4;
    for (let i = 0; i < count; i++) {
      // In a list a boolean is a byte of its own.
      if ((header & 15) <= 2) this.at++;
      else this.#readValue(header & 15);
    }
  }

  #skip(count: number): void {
    this.at += count;
  }

  #readByte(): number {
    if (this.at >= this.#bytes.length) {
      throw new CoppiceError("INVALID_DATA", "a Parquet column ends inside a page header");
    }
    return this.#bytes[this.at++];
  }

  /** Arithmetic instead of shifts: a file's offsets go beyond 32 bits. */
  #readVarInt(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#readByte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  #readZigZag(): number {
    const value = this.#readVarInt();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
