// What a page can name as a table, a file that a user chose or a URL, as a source of bytes. A URL is read in
// ranges where its server gives them, so that of a Parquet file only the wanted columns are fetched; else
// it is fetched once and kept.

import { CoppiceError, showValue } from "../core/errors.ts";
import { type ByteSource, blobSource, unpacked } from "../input/table/bytes.ts";

/** A file, bytes with the name "data", or a URL, relative to the page. */
export type TableInput = Blob | URL | string;

/** An input as it crosses to the worker: URLs are absolute. */
export type InputWire = { readonly name: string; readonly blob: Blob } | { readonly url: string };

/** @throws {CoppiceError} INVALID_PARAMETER when it is neither a file nor a URL */
export function inputToWire(input: TableInput, base: string): InputWire {
  if (input instanceof Blob) return { name: input instanceof File ? input.name : "data", blob: input };
  if (input instanceof URL || typeof input === "string") {
    try {
      return { url: new URL(input, base).href };
    } catch {
      // Told below like everything else that is no input.
    }
  }
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `a table must be a File, a Blob or a URL, got ${showValue(input)}`,
  );
}

/** @throws {CoppiceError} INVALID_DATA when the URL cannot be fetched */
export async function openInput(input: InputWire): Promise<ByteSource> {
  return "blob" in input ? blobSource(input.name, input.blob) : openUrl(input.url);
}

async function openUrl(url: string): Promise<ByteSource> {
  // The first byte alone says how long the whole is, and whether ranges are served at all.
  const probe = await fetchChecked(url, { headers: { Range: "bytes=0-0" } });
  const total = /\/(\d+)$/.exec(probe.headers.get("content-range") ?? "")?.[1];
  const name = decodeURIComponent(new URL(url).pathname.split("/").pop() || url);
  if (probe.status === 206 && total !== undefined) {
    await probe.body?.cancel();
    return rangeSource(name, url, Number(total));
  }
  const whole = probe.status === 206 ? await fetchChecked(url, {}) : probe;
  return blobSource(name, await whole.blob());
}

function rangeSource(name: string, url: string, byteLength: number): ByteSource {
  return {
    name,
    byteLength,
    async slice(begin, end) {
      if (begin >= end) return new ArrayBuffer(0);
      const part = await fetchChecked(url, { headers: { Range: `bytes=${begin}-${end - 1}` } });
      const bytes = await part.arrayBuffer();
      if (part.status === 206) return bytes;
      return bytes.slice(begin, end);
    },
    stream: () => unpacked(name, fetchChunks(url)),
    async close() {},
  };
}

async function* fetchChunks(url: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { body } = await fetchChecked(url, {});
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function fetchChecked(url: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (cause) {
    throw new CoppiceError("INVALID_DATA", `cannot fetch ${url}: the request failed`, { url }, cause);
  }
  if (response.ok) return response;
  throw new CoppiceError("INVALID_DATA", `cannot fetch ${url}: the server answered ${response.status}`, {
    url,
    status: response.status,
  });
}
