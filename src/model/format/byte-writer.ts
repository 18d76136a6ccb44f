// A growing buffer of bytes, for writing model files without a string of the whole.

export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(4096);
  view: DataView = new DataView(this.bytes.buffer);
  at = 0;
  readonly #encoder = new TextEncoder();

  /** Makes room for `size` more bytes; `bytes` and `view` may be new objects afterwards. */
  reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + size));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.at++] = byte;
  }

  /** Text of code points below 128. */
  writeAscii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  writeBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  encode(text: string): Uint8Array {
    return this.#encoder.encode(text);
  }

  /** What was written, as an array of exactly that size. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}
