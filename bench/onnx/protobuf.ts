// The little of Protocol Buffers that writing an ONNX model needs: a message is a list of fields, a field
// a tag and a payload (https://protobuf.dev/programming-guides/encoding/). Repeated numbers are packed.

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  int(field: number, value: number): this {
    this.#parts.push(Uint8Array.from([...varint(8 * field + VARINT), ...varint(value)]));
    return this;
  }

  float(field: number, value: number): this {
    const payload = new Uint8Array(Float32Array.of(value).buffer);
    this.#parts.push(Uint8Array.from([...varint(8 * field + FIXED32), ...payload]));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(Uint8Array.from([...varint(8 * field + BYTES), ...varint(value.length)]), value);
    return this;
  }

  floats(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  ints(field: number, values: readonly number[]): this {
    return this.bytes(field, Uint8Array.from(values.flatMap(varint)));
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** @param value an integer in [0, 2^53] */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return bytes;
}
