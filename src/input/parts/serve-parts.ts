// The program of a thread that parses parts of a table.

import { CoppiceError, toWire } from "../../core/errors.ts";
import type { Port } from "../../parallel/port.ts";
import { openTable } from "../formats/open-table.ts";
import type { ByteSource } from "../table/bytes.ts";
import type { TableReader } from "../table/table.ts";
import {
  BlockPacker,
  buffersOf,
  type PartAnswer,
  type PartJob,
  type PartOrder,
  type PartReturn,
} from "./part-job.ts";
import { openPartOf } from "./table-part.ts";

/** Serves orders for parts that come through `port`, one after another. */
export function serveParts(port: Port, openSource: (name: string) => Promise<ByteSource>): void {
  const parser = new PartParser(port, openSource);
  let last: Promise<void> = Promise.resolve();
  port.onMessage((message) => {
    const order = message as PartJob | PartOrder | PartReturn;
    if (order.kind === "return") parser.takeBack(order.buffers);
    else last = last.then(() => parser.take(order));
  });
}

/** Blocks that may be on their way or unread; a thread waits when there are more. */
const BLOCKS_OUT = 16;
/** Buffers of a block. */
const BUFFERS = 3;

class PartParser {
  readonly #port: Port;
  readonly #openSource: (name: string) => Promise<ByteSource>;
  #job: PartJob | undefined;
  #sources: ByteSource[] = [];
  /** Knows the columns of the table. */
  #first: TableReader | undefined;

  /** What has come back and can be used again. */
  readonly #free: ArrayBuffer[] = [];
  #blocksOut = 0;
  #hasRoom: () => void = () => {};

  constructor(port: Port, openSource: (name: string) => Promise<ByteSource>) {
    this.#port = port;
    this.#openSource = openSource;
  }

  takeBack(buffers: readonly ArrayBuffer[]): void {
    this.#free.push(...buffers);
    this.#blocksOut--;
    this.#hasRoom();
  }

  /** The smallest free buffer that is large enough, or a new one. */
  #allocate(sizeBytes: number): ArrayBuffer {
    this.#free.sort((a, b) => a.byteLength - b.byteLength);
    const fit = this.#free.findIndex(({ byteLength }) => byteLength >= sizeBytes);
    if (fit >= 0) return this.#free.splice(fit, 1)[0];
    // None is large enough: the largest goes, so that no more are kept than are in use.
    if (this.#free.length >= BUFFERS * BLOCKS_OUT) this.#free.pop();
    return new ArrayBuffer(sizeBytes);
  }

  async take(message: PartJob | PartOrder): Promise<void> {
    try {
      if (message.kind === "job") this.#job = message;
      else await this.#parse(message.index);
    } catch (error) {
      this.#port.post({ kind: "failed", error: toWire(error) } satisfies PartAnswer);
    }
  }

  async #parse(index: number): Promise<void> {
    if (this.#job === undefined) throw new CoppiceError("INTERNAL", "a part was ordered before its table");
    const { names, options, requests, quotes } = this.#job;
    if (this.#first === undefined) {
      for (const name of names) this.#sources.push(await this.#openSource(name));
      this.#first = await openTable([this.#sources[0]], options);
    }
    const part = { index, count: quotes.length, quotes };
    const reader = await openPartOf(this.#first, this.#sources, part, options);
    const packer = new BlockPacker(requests);
    for await (const rows of reader.read(requests)) {
      while (this.#blocksOut >= BLOCKS_OUT) {
        await new Promise<void>((resolve) => {
          this.#hasRoom = resolve;
        });
      }
      this.#blocksOut++;
      const block = await packer.pack(rows, (sizeBytes) => this.#allocate(sizeBytes));
      this.#port.post({ kind: "block", index, block } satisfies PartAnswer, buffersOf(block));
    }
    this.#port.post({ kind: "end", index } satisfies PartAnswer);
  }
}
