// What an inference over HTTP adds to an inference: the length of its JSON in a header, in and out, and the
// time it may take.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { InferenceAnswer } from "../inference.ts";
import { requestError } from "../protocol/request-error.ts";

/**
 * Runs `work` with a signal that says when the caller is gone or the time is over: that ends the wait, not
 * what a thread is doing already.
 */
export async function withTimeLimit<T>(
  timeoutMs: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(new CoppiceError("ABORTED", "the caller is gone"));
  const timer = setTimeout(() => {
    controller.abort(new CoppiceError("TIMEOUT", `the request took longer than ${timeoutMs} ms`));
  }, timeoutMs);
  caller?.addEventListener("abort", abort);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener("abort", abort);
  }
}

/**
 * Bytes of JSON before binary tensors, from the header of a request; undefined without one.
 *
 * @throws {CoppiceError} INVALID_DATA when it is no integer of at least 0
 */
export function parseHeaderLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text.trim())) return Number(text);
  throw requestError(
    `\`Inference-Header-Content-Length\` must be an integer of at least 0, got ${showValue(text)}`,
  );
}

/** The response that carries an answer. */
export function answerResponse({ body, headerLength }: InferenceAnswer): Response {
  const headers: Record<string, string> = {
    "Content-Type": headerLength === undefined ? "application/json" : "application/octet-stream",
    "Content-Length": String(body.length),
  };
  if (headerLength !== undefined) headers["Inference-Header-Content-Length"] = String(headerLength);
  return new Response(body as Uint8Array<ArrayBuffer>, { headers });
}
