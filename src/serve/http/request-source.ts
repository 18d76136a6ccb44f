// The body of a request as a source of bytes: read once, from its beginning, and never more of it for one
// record batch than the limit.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { ByteSource } from "../../input/table/bytes.ts";
import { requestError } from "../protocol/request-error.ts";

/** The body of a request as a source of bytes that can be read once. */
export class RequestSource implements ByteSource {
  readonly name = "the request";
  readonly byteLength: number = Number.MAX_SAFE_INTEGER;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #maxBatchBytes: number;
  #head: Uint8Array;
  #sinceBatch = 0;

  private constructor(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    head: Uint8Array,
    maxBatchBytes: number,
  ) {
    this.#reader = reader;
    this.#head = head;
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** @throws {CoppiceError} INVALID_DATA when the body does not begin like a stream */
  static async open(request: Request, maxBatchBytes: number): Promise<RequestSource> {
    const encoding = request.headers.get("content-encoding") ?? "identity";
    if (encoding !== "identity") {
      throw requestError(
        `an Arrow stream must be sent without \`Content-Encoding\`, got ${showValue(encoding)}`,
        undefined,
        415,
      );
    }
    if (request.body === null) throw requestError("the body must be an Arrow IPC stream, it is empty");
    const reader = request.body.getReader();
    let head = new Uint8Array(0);
    while (head.length < 8) {
      const { done, value } = await reader.read();
      if (done) break;
      const joined = new Uint8Array(head.length + value.length);
      joined.set(head);
      joined.set(value, head.length);
      head = joined;
    }
    const source = new RequestSource(reader, head, maxBatchBytes);
    // Both the continuation mark of today's streams and the bare length of old ones are accepted.
    if (head.length >= 8 && !new TextDecoder().decode(head.subarray(0, 6)).startsWith("ARROW1"))
      return source;
    await source.close();
    throw requestError("the body must be an Arrow IPC stream (not a file), and it does not begin like one");
  }

  /** A record batch has been read. */
  startBatch(): void {
    this.#sinceBatch = 0;
  }

  async slice(begin: number, end: number): Promise<ArrayBuffer> {
    return this.#head.slice(begin, end).buffer as ArrayBuffer;
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    yield this.#head;
    this.#head = new Uint8Array(0);
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.#sinceBatch += value.length;
      if (this.#sinceBatch > this.#maxBatchBytes) {
        throw new CoppiceError(
          "INVALID_DATA",
          `the request must have at most ${this.#maxBatchBytes} bytes a batch`,
          {
            status: 413,
          },
        );
      }
      yield value;
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
