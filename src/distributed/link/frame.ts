// What travels between two processes: frames of a 12-byte header and a payload,
//
//   u32 payload length | u32 kind | u32 tag | payload          (little-endian)
//
// A length beyond the limit of the moment ends the connection before anything is allocated for it, so a
// stranger who sends garbage costs a header. A payload arrives at the beginning of a buffer, aligned for any
// array; who is done with a large one may give it back, for allocating megabytes time and again is slow.

import { CoppiceError } from "../../core/errors.ts";

export const HEADER_BYTES = 12;
/** Before the other side has said who it is. */
export const MAX_HELLO_BYTES: number = 1 << 14;
/** A histogram of many nodes, a model. */
export const MAX_FRAME_BYTES: number = 2 ** 31 - 1;

/** Buffers from this size on are used again. */
const SPARE_BYTES = 1 << 16;

/** JSON between a driver and its workers, and the first frame of every connection. */
export const CONTROL = 1;
/** A part of a collective operation; the tag is the operation's number. */
export const DATA = 2;
/** A model file. */
export const MODEL = 3;

export interface Frame {
  readonly kind: number;
  readonly tag: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The bytes of a header. */
export function encodeHeader(kind: number, tag: number, length: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, length, true);
  view.setUint32(4, kind, true);
  view.setUint32(8, tag, true);
  return header;
}

/** Puts frames together from the chunks of a stream. */
export class FrameDecoder {
  /** The longest payload that is taken. */
  limitBytes: number = MAX_HELLO_BYTES;
  readonly #emit: (frame: Frame) => void;
  readonly #header: Uint8Array = new Uint8Array(HEADER_BYTES);
  #headerFill = 0;
  #frame: Frame | undefined;
  #payloadFill = 0;
  /** For the next payload that fits into it. */
  #spare: ArrayBuffer | undefined;

  constructor(emit: (frame: Frame) => void) {
    this.#emit = emit;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @throws {CoppiceError} INVALID_DATA for a header that no frame has
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        const taken = Math.min(HEADER_BYTES - this.#headerFill, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + taken), this.#headerFill);
        this.#headerFill += taken;
        at += taken;
        if (this.#headerFill < HEADER_BYTES) return;
        this.#frame = this.#openFrame();
      }
      const { payload } = this.#frame;
      const taken = Math.min(payload.length - this.#payloadFill, chunk.length - at);
      payload.set(chunk.subarray(at, at + taken), this.#payloadFill);
      this.#payloadFill += taken;
      at += taken;
      if (this.#payloadFill === payload.length) this.#finishFrame(this.#frame);
    }
  }

  #openFrame(): Frame {
    const view = new DataView(this.#header.buffer);
    const length = view.getUint32(0, true);
    const kind = view.getUint32(4, true);
    if (length > this.limitBytes || kind < CONTROL || kind > MODEL) {
      throw new CoppiceError(
        "INVALID_DATA",
        `a frame must have at most ${this.limitBytes} bytes, got ${length}`,
      );
    }
    this.#headerFill = 0;
    this.#payloadFill = 0;
    return { kind, tag: view.getUint32(8, true), payload: this.#payloadOf(length) };
  }

  #payloadOf(length: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    if (spare === undefined || length > spare.byteLength || length < SPARE_BYTES)
      return new Uint8Array(length);
    this.#spare = undefined;
    return new Uint8Array(spare, 0, length);
  }

  /** Takes a payload back that nobody reads any more. */
  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength >= Math.max(SPARE_BYTES, this.#spare?.byteLength ?? 0)) this.#spare = buffer;
  }

  #finishFrame(frame: Frame): void {
    this.#frame = undefined;
    this.#emit(frame);
  }
}
