// The body of a request, never more of it than the limit: neither of what is sent nor of what it becomes
// when it is unpacked.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { joinBytes } from "../../core/typed-bytes.ts";
import { requestError, statusError } from "../protocol/request-error.ts";

/**
 * Reads the whole body.
 *
 * @param maxBytes of the body as it is sent, and again after unpacking
 * @throws {CoppiceError} INVALID_DATA with status 413 when it is longer, 415 for an unknown encoding
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) throw tooLong(maxBytes);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") {
    if (declared === null) return collect(request.body, maxBytes).catch(refuseCut);
    return checkLength(new Uint8Array(await request.arrayBuffer().catch(refuseCut)), maxBytes);
  }
  const format = encoding === "x-gzip" ? "gzip" : encoding;
  if (format !== "gzip" && format !== "deflate") {
    throw requestError(
      `\`Content-Encoding\` must be gzip, deflate or identity, got ${showValue(encoding)}`,
      undefined,
      415,
    );
  }
  const unpacked = request.body?.pipeThrough(new DecompressionStream(format)) ?? null;
  try {
    return await collect(unpacked, maxBytes);
  } catch (error) {
    if (request.signal.aborted || !(error instanceof TypeError)) return refuseCut(error);
    throw requestError(`the body is not ${format}`);
  }
}

/** Nobody reads the answer to a request that was cut off; it is still no failure of the server. */
function refuseCut(error: unknown): never {
  if (error instanceof CoppiceError) throw error;
  throw statusError(499, "ABORTED", "the request was cut off");
}

async function collect(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBytes(stream, maxBytes)) chunks.push(chunk);
  return joinBytes(chunks);
}

/** The chunks of a stream; leaving the loop cancels it. @throws {CoppiceError} INVALID_DATA beyond `maxBytes` */
async function* limitBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  const reader = stream.getReader();
  let length = 0;
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      length += value.length;
      if (length > maxBytes) throw tooLong(maxBytes);
      yield value;
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => {});
  }
}

function checkLength(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes.length > maxBytes) throw tooLong(maxBytes);
  return bytes;
}

function tooLong(maxBytes: number): Error {
  return requestError(`the body must be at most ${maxBytes} bytes`, undefined, 413);
}
