// Where bytes come from: the one seam between the readers and a platform. A source can be read at
// random (Parquet) or from the beginning (everything else); a stream gives the content already
// unpacked where the file is gzip, which is seen from its first two bytes, not from its name.

import type { MaybePromise } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { joinBytes } from "../../core/typed-bytes.ts";

/** A file, an object in memory or a download. */
export interface ByteSource {
  /** What messages call it. */
  readonly name: string;
  /** As stored: packed where the file is packed. */
  readonly byteLength: number;
  /** The stored bytes [begin, end). */
  slice(begin: number, end: number): MaybePromise<ArrayBuffer>;
  /** Reads stored bytes from `position` on into `target`, without new memory; gives how many, 0 at the end. */
  read?(target: Uint8Array, position: number): MaybePromise<number>;
  /** The content from its beginning, unpacked. A chunk may be overwritten once the next is asked for. */
  stream(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const PORTION_BYTES = 1 << 18;

/** A source over bytes in memory or over text. */
export function bytesSource(name: string, content: Uint8Array<ArrayBuffer> | string): ByteSource {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    name,
    byteLength: bytes.length,
    slice: (begin, end) => bytes.slice(begin, end).buffer,
    stream: () => unpacked(name, portions(bytes)),
    async close() {},
  };
}

function* portions(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += PORTION_BYTES) yield bytes.subarray(at, at + PORTION_BYTES);
}

/** The part of a Blob that is read; public types need no types of the DOM. */
export interface BlobLike {
  readonly size: number;
  slice(begin: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
  stream(): StreamLike<Uint8Array<ArrayBuffer>>;
}

interface StreamLike<T> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
    cancel(): Promise<void>;
    releaseLock(): void;
  };
}

/** A source over a Blob, for example a File that a user chose in a browser. */
export function blobSource(name: string, blob: BlobLike): ByteSource {
  return {
    name,
    byteLength: blob.size,
    slice: (begin, end) => blob.slice(begin, end).arrayBuffer(),
    stream: () => unpacked(name, chunksOf(blob.stream())),
    async close() {},
  };
}

/** Whether a source is packed as a whole. */
export async function isPacked(source: ByteSource): Promise<boolean> {
  return isGzip(new Uint8Array(await source.slice(0, Math.min(2, source.byteLength))));
}

/** The name that a file has once it is unpacked. */
export function unpackedName(name: string): string {
  return name.replace(/\.gz$/i, "");
}

/** Whether content that begins with `bytes` is gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * `chunks` as they are, or unpacked when they are gzip.
 *
 * @throws {CoppiceError} INVALID_DATA when gzip data is damaged or ends early
 */
export async function* unpacked(
  name: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> {
  const iterator = toAsyncIterator(chunks);
  try {
    const first = await iterator.next();
    if (first.done) return;
    if (isGzip(first.value)) {
      yield* gunzip(name, first.value, iterator);
      return;
    }
    yield first.value;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return(undefined);
  }
}

/** Unpacks through the runtime's own DecompressionStream, which stops after the first gzip member. */
async function* gunzip(
  name: string,
  first: Uint8Array<ArrayBuffer>,
  rest: AsyncIterator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array<ArrayBuffer> | undefined = first;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = pending ?? (await nextValue(rest));
      pending = undefined;
      if (chunk === undefined) controller.close();
      // The source may overwrite its chunk; the stream keeps what it is given.
      else controller.enqueue(chunk.slice());
    },
  });
  try {
    yield* chunksOf<Uint8Array<ArrayBuffer>>(packed.pipeThrough(new DecompressionStream("gzip")));
  } catch (cause) {
    throw damagedGzip(name, cause);
  }
}

/** The error for gzip data that cannot be unpacked. */
export function damagedGzip(name: string, cause: unknown): CoppiceError {
  const reason = cause instanceof Error && cause.message ? cause.message : "it ends too early";
  return new CoppiceError("INVALID_DATA", `${name}: damaged gzip data: ${reason}`, { source: name }, cause);
}

async function nextValue<T>(iterator: AsyncIterator<T>): Promise<T | undefined> {
  const next = await iterator.next();
  return next.done ? undefined : next.value;
}

/** Not every browser can iterate a ReadableStream. */
async function* chunksOf<T>(stream: StreamLike<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value!;
  } finally {
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

async function* toAsyncIterator<T>(
  values: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<T, void, undefined> {
  yield* values;
}

/** The whole content, unpacked. */
export async function readAll(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source.stream()) parts.push(chunk.slice());
  return joinBytes(parts);
}
