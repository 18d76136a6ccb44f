// A buffer that slides over a stream of text bytes, so that a parser always has whole lines in one
// array: what is not consumed moves to the front when more is read, and the buffer grows only when
// one row does not fit. Behind the last byte stands a newline, which ends every scanning loop.

import { CoppiceError } from "../../core/errors.ts";
import type { ByteSource } from "../table/bytes.ts";

const INITIAL_BYTES = 1 << 19;
/** A longer row is taken for a quote that nobody closed. */
const MAX_ROW_BYTES = 1 << 26;

export class TextBuffer {
  readonly source: ByteSource;
  /** bytes[end] is a newline that does not belong to the content. */
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  /** The unread content is [begin, end). */
  begin = 0;
  end = 0;
  /** Nothing follows after `end`. */
  isFinal = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(source: ByteSource) {
    this.source = source;
    this.#chunks = source.stream()[Symbol.asyncIterator]();
    this.bytes[0] = 10;
  }

  /**
   * Reads one more chunk behind the unread bytes, or sets `isFinal`.
   *
   * @throws {CoppiceError} INVALID_DATA when the unread part has grown beyond any sensible row
   */
  async readMore(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) {
      this.isFinal = true;
      return;
    }
    const chunk = next.value;
    const unread = this.end - this.begin;
    if (unread > MAX_ROW_BYTES) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${this.source.name}: a row must have at most ${MAX_ROW_BYTES} bytes; is a quote left open?`,
        { source: this.source.name },
      );
    }
    this.#makeRoom(unread, chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
    this.bytes[this.end] = 10;
  }

  #makeRoom(unread: number, more: number): void {
    if (this.end + more < this.bytes.length) return;
    const target =
      unread + more < this.bytes.length ? this.bytes : new Uint8Array(2 * (unread + more) + INITIAL_BYTES);
    if (target === this.bytes) target.copyWithin(0, this.begin, this.end);
    else target.set(this.bytes.subarray(this.begin, this.end));
    this.bytes = target;
    this.begin = 0;
    this.end = unread;
  }

  /** Steps over a byte order mark at the very beginning. @throws {CoppiceError} UNSUPPORTED for UTF-16 */
  async skipByteOrderMark(): Promise<void> {
    while (this.end - this.begin < 3 && !this.isFinal) await this.readMore();
    const [a, b, c] = this.bytes.subarray(this.begin, this.end);
    if (a === 0xef && b === 0xbb && c === 0xbf) this.begin += 3;
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
      throw new CoppiceError("UNSUPPORTED", `${this.source.name}: text must be UTF-8, got UTF-16`);
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    await this.source.close();
  }
}
