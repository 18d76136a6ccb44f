// How the members of a team find work and wait for each other: a few shared words. A phase is announced by
// raising the generation; tasks are tickets taken by an atomic add; a member that finds no more raises
// `doneCount`. Waiting spins briefly, because phases are short, and then sleeps.

import { type CoppiceError, fromWire, toWire } from "../core/errors.ts";

/** Words of the control array; those that change at different times lie a cache line apart. */
const GENERATION = 0;
const PHASE = 1;
const TASK_COUNT = 2;
const MODE = 3;
const TICKET = 16;
const DONE_COUNT = 32;
const FAILED = 48;
const FAILURE_LENGTH = 49;
/** How many sleep, or are about to. */
const SLEEPERS = 50;
const WORDS = 64;
const FAILURE_BYTES = 16384;

const SPINS = 4000;

/** What the tasks of a phase are. */
export type Mode = "shared" | "each" | "release";
const modes: readonly Mode[] = ["shared", "each", "release"];

/** A phase as announced. */
export interface Announcement {
  readonly phase: number;
  readonly taskCount: number;
  readonly mode: Mode;
}

export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #failure: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * WORDS + FAILURE_BYTES)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, WORDS);
    this.#failure = new Uint8Array(buffer, 4 * WORDS);
  }

  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** Starts a phase; all members must be done with the one before. */
  announce({ phase, taskCount, mode }: Announcement): void {
    const words = this.#words;
    words[PHASE] = phase;
    words[TASK_COUNT] = taskCount;
    words[MODE] = modes.indexOf(mode);
    Atomics.store(words, TICKET, 0);
    Atomics.store(words, DONE_COUNT, 0);
    Atomics.add(words, GENERATION, 1);
    this.#wake(GENERATION);
  }

  /** Waits until the generation is no longer `seen`, and returns what was announced. */
  awaitPhase(seen: number): Announcement {
    this.#waitWhile(GENERATION, seen);
    const words = this.#words;
    return { phase: words[PHASE], taskCount: words[TASK_COUNT], mode: modes[words[MODE]] };
  }

  /** The next task, or one past the last. */
  takeTicket(): number {
    return Atomics.add(this.#words, TICKET, 1);
  }

  /** Tells that a member has no more tasks. */
  reportDone(): void {
    Atomics.add(this.#words, DONE_COUNT, 1);
    this.#wake(DONE_COUNT);
  }

  /** Waits until `count` members have reported. */
  awaitDone(count: number): void {
    for (let done = Atomics.load(this.#words, DONE_COUNT); done < count; ) {
      this.#waitWhile(DONE_COUNT, done);
      done = Atomics.load(this.#words, DONE_COUNT);
    }
  }

  /** Leaves an error for whoever announced the phase; the first one stays. */
  reportFailure(error: unknown): void {
    if (Atomics.compareExchange(this.#words, FAILED, 0, 1) !== 0) return;
    const wire = toWire(error);
    const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
    const whole = encode(wire);
    // A character takes six bytes at most: the beginning of the message always has room.
    const isTooLong = whole.length > FAILURE_BYTES;
    const bytes = isTooLong ? encode({ code: wire.code, message: wire.message.slice(0, 1000) }) : whole;
    this.#failure.set(bytes);
    Atomics.store(this.#words, FAILURE_LENGTH, bytes.length);
  }

  /** The error that a member left, if any; clears it. */
  takeFailure(): CoppiceError | undefined {
    if (Atomics.load(this.#words, FAILED) === 0) return undefined;
    const length = Atomics.load(this.#words, FAILURE_LENGTH);
    const text = new TextDecoder().decode(this.#failure.slice(0, length));
    Atomics.store(this.#words, FAILED, 0);
    return fromWire(JSON.parse(text));
  }

  #waitWhile(word: number, value: number): void {
    const words = this.#words;
    for (let i = 0; i < SPINS; i++) if (Atomics.load(words, word) !== value) return;
    Atomics.add(words, SLEEPERS, 1);
    while (Atomics.load(words, word) === value) Atomics.wait(words, word, value);
    Atomics.sub(words, SLEEPERS, 1);
  }

  /** Waking costs a system call. Whoever counts himself a sleeper after this has looked sees the new value. */
  #wake(word: number): void {
    if (Atomics.load(this.#words, SLEEPERS) > 0) Atomics.notify(this.#words, word);
  }
}
