// A connection between two processes of a run: frames in order, and an end that every waiting reader
// learns of at once. The platform offers a Channel of bytes; frames and queues are added here.

import type { MaybePromise } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { CONTROL, encodeHeader, type Frame, FrameDecoder, HEADER_BYTES, MAX_FRAME_BYTES } from "./frame.ts";
import { decodeJson, encodeJson } from "./wire-json.ts";

/** A stream of bytes in both directions: the one thing that a platform must offer. */
export interface Channel {
  /** The other side, for messages. */
  readonly peerName: string;
  /** Hands bytes over; fulfilled when `bytes` may be changed again. Never rejects. */
  write(bytes: Uint8Array): MaybePromise<void>;
  /** Called once; `receive` gets each chunk, `end` the reason when the stream ends for whatever reason. */
  listen(receive: (chunk: Uint8Array) => void, end: (reason: string) => void): void;
  /** Ends the stream at once. */
  close(): void;
}

/** Payloads up to this size travel together with their header. */
const SMALL_BYTES = 1 << 14;

export class Link {
  readonly peerName: string;
  bytesSent = 0;
  bytesReceived = 0;
  readonly #channel: Channel;
  readonly #decoder: FrameDecoder;
  readonly #frames: Frame[] = [];
  #waiting: { resolve: (frame: Frame) => void; reject: (error: CoppiceError) => void } | undefined;
  #failure: CoppiceError | undefined;
  readonly #endListeners: ((error: CoppiceError) => void)[] = [];
  #consume: ((frame: Frame) => void) | undefined;
  /** Called with every chunk that arrives. */
  onChunk: (() => void) | undefined;

  constructor(channel: Channel) {
    this.peerName = channel.peerName;
    this.#channel = channel;
    this.#decoder = new FrameDecoder((frame) => this.#take(frame));
    channel.listen(
      (chunk) => this.#receiveChunk(chunk),
      (reason) =>
        this.fail(new CoppiceError("PEER_LOST", `the connection to ${this.peerName} ended: ${reason}`)),
    );
  }

  get failure(): CoppiceError | undefined {
    return this.#failure;
  }

  /** Lets frames of any size in, once the other side has shown that it belongs to the run. */
  trust(): void {
    this.#decoder.limitBytes = MAX_FRAME_BYTES;
  }

  /** Sends a frame; fulfilled when `payload` may be changed again. A lost link shows on receiving. */
  send(kind: number, payload: Uint8Array, tag = 0): MaybePromise<void> {
    if (this.#failure !== undefined) return;
    this.bytesSent += HEADER_BYTES + payload.length;
    const header = encodeHeader(kind, tag, payload.length);
    if (payload.length > SMALL_BYTES) {
      this.#channel.write(header);
      return this.#channel.write(payload);
    }
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    frame.set(header);
    frame.set(payload, HEADER_BYTES);
    // A copy: nobody else can change it.
    this.#channel.write(frame);
  }

  sendJson(message: unknown): void {
    this.send(CONTROL, new TextEncoder().encode(encodeJson(message)));
  }

  /** The next frame. @throws {CoppiceError} the reason when the link has ended */
  receive(): Promise<Frame> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Gives a payload back that nobody reads any more; a later one may lie in its buffer. */
  recycle(payload: Uint8Array<ArrayBuffer>): void {
    this.#decoder.recycle(payload);
  }

  /** Calls `consume` with every frame from now on, those that wait included, instead of `receive`. */
  onFrame(consume: (frame: Frame) => void): void {
    this.#consume = consume;
    for (const frame of this.#frames.splice(0)) consume(frame);
  }

  /** Calls `end` once when the link ends; at once if it has. */
  onEnd(end: (error: CoppiceError) => void): void {
    if (this.#failure !== undefined) end(this.#failure);
    else this.#endListeners.push(end);
  }

  /** Ends the link; who waits on it gets `error`. */
  fail(error: CoppiceError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#channel.close();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    for (const end of this.#endListeners.splice(0)) end(error);
  }

  close(): void {
    this.fail(new CoppiceError("ABORTED", `the connection to ${this.peerName} was closed`));
  }

  #receiveChunk(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.bytesReceived += chunk.length;
    this.onChunk?.();
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.fail(error as CoppiceError);
    }
  }

  #take(frame: Frame): void {
    if (this.#consume !== undefined) {
      this.#consume(frame);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#frames.push(frame);
      return;
    }
    this.#waiting = undefined;
    waiting.resolve(frame);
  }
}

/** The JSON of a control frame. @throws {CoppiceError} INVALID_DATA for anything else */
export function parseControl(frame: Frame): Record<string, unknown> {
  if (frame.kind === CONTROL) {
    try {
      const message: unknown = decodeJson(new TextDecoder("utf-8", { fatal: true }).decode(frame.payload));
      if (typeof message === "object" && message !== null) return message as Record<string, unknown>;
    } catch {
      // Told below.
    }
  }
  throw new CoppiceError("INVALID_DATA", "a message that is no JSON object arrived");
}
