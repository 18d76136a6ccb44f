// A table whose parts are parsed by threads. Blocks come in the order of the table whatever thread is done
// first, so nothing that is made of them depends on the threads; threads run ahead of the reader by a few
// parts at most.

import { CoppiceError, fromWire } from "../../core/errors.ts";
import type { Thread } from "../../parallel/port.ts";
import type { ColumnRequest, TableBlock, TableReader } from "../table/table.ts";
import {
  BlockUnpacker,
  buffersOf,
  type PackedBlock,
  type PartAnswer,
  type PartJob,
  type PartOrder,
  type PartReturn,
} from "./part-job.ts";

/** Parts beyond one per thread that may be parsed before they are read. */
const PARTS_AHEAD = 2;

export class ParallelReader implements TableReader {
  readonly source: string;
  readonly hasNames: boolean;
  readonly columns: TableReader["columns"];
  readonly #first: TableReader;
  readonly #job: Omit<PartJob, "kind" | "requests">;
  readonly #threads: readonly Thread[];

  /** @param first a reader of the same table, for all but its rows; closed with this one */
  constructor(first: TableReader, job: Omit<PartJob, "kind" | "requests">, threads: readonly Thread[]) {
    this.source = first.source;
    this.hasNames = first.hasNames;
    this.columns = first.columns;
    this.#first = first;
    this.#job = job;
    this.#threads = threads;
  }

  estimateRowCount(): ReturnType<NonNullable<TableReader["estimateRowCount"]>> {
    return this.#first.estimateRowCount?.();
  }

  async *read(requests: readonly ColumnRequest[]): AsyncGenerator<TableBlock> {
    const partCount = this.#job.quotes.length;
    const parts = new PartQueue(this.#threads, { kind: "job", ...this.#job, requests }, partCount);
    for (let index = 0; index < partCount; index++) {
      const unpacker = new BlockUnpacker(requests, this.source);
      for (let block = await parts.next(index); block !== undefined; block = await parts.next(index)) {
        yield unpacker.unpack(block);
        parts.giveBack(index, block);
      }
    }
  }

  close(): Promise<void> {
    return this.#first.close();
  }
}

/** Orders parts from threads and keeps what they send until it is asked for. */
class PartQueue {
  readonly #partCount: number;
  readonly #idle: Thread[];
  readonly #ahead: number;
  /** By part, what has come of it and has not been read; undefined marks its end. */
  readonly #arrived: (PackedBlock | undefined)[][] = [];
  /** Which thread parses a part. */
  readonly #threadOf: Thread[] = [];
  #ordered = 0;
  #failure: CoppiceError | undefined;
  #wake: () => void = () => {};

  constructor(threads: readonly Thread[], job: PartJob, partCount: number) {
    this.#partCount = partCount;
    this.#ahead = threads.length + PARTS_AHEAD;
    this.#idle = [...threads];
    for (const thread of threads) {
      thread.onMessage((message) => this.#receive(message as PartAnswer, thread));
      thread.onEnd((reason) => {
        this.#fail(new CoppiceError("INTERNAL", `a thread that reads has ended: ${String(reason)}`));
      });
      thread.post(job);
    }
  }

  /** The next block of a part, undefined at its end; parts are asked for in their order. */
  async next(index: number): Promise<PackedBlock | undefined> {
    this.#order(index);
    for (;;) {
      if (this.#failure) throw this.#failure;
      const arrived = this.#arrived[index];
      if (arrived?.length > 0) return arrived.shift();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Lets the thread that parsed a part use the memory of a block again. */
  giveBack(index: number, block: PackedBlock): void {
    const buffers = buffersOf(block);
    this.#threadOf[index].post({ kind: "return", buffers } satisfies PartReturn, buffers);
  }

  /** Gives parts to idle threads, up to a few beyond the one that is read. */
  #order(reading: number): void {
    while (this.#idle.length > 0 && this.#ordered < Math.min(this.#partCount, reading + this.#ahead)) {
      const index = this.#ordered++;
      this.#arrived[index] = [];
      const thread = this.#idle.pop()!;
      this.#threadOf[index] = thread;
      thread.post({ kind: "part", index } satisfies PartOrder);
    }
  }

  #receive(answer: PartAnswer, thread: Thread): void {
    if (answer.kind === "failed") this.#fail(fromWire(answer.error));
    else if (answer.kind === "block") this.#arrived[answer.index].push(answer.block);
    else {
      this.#arrived[answer.index].push(undefined);
      this.#idle.push(thread);
    }
    this.#wake();
  }

  #fail(error: CoppiceError): void {
    this.#failure ??= error;
    this.#wake();
  }
}
