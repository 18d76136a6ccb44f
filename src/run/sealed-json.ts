// JSON documents that tell whether they are whole: { formatVersion, sha256, content }, the digest taken
// of the content's text. Numbers that JSON lacks (NaN, infinities, minus zero) are written as text.

import { CoppiceError } from "../core/errors.ts";

/** The version of all documents and of the layout of a run's folder. */
const runFormatVersion = 1;

/** The SHA-256 of bytes in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A number as JSON can hold it. */
export function encodeNumber(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : Object.is(value, -0)
      ? "-0"
      : String(value);
}

/** The number that `encodeNumber` was given. */
export function decodeNumber(value: number | string): number {
  return Number(value);
}

/** The bytes of a document. */
export async function sealJson(content: unknown): Promise<Uint8Array> {
  const text = JSON.stringify(content);
  const digest = await sha256(new TextEncoder().encode(text));
  return new TextEncoder().encode(
    `{"formatVersion":${runFormatVersion},"sha256":"${digest}","content":${text}}\n`,
  );
}

/**
 * The content of a document; undefined when it is cut off or altered.
 *
 * @param what names the document in messages
 * @throws {CoppiceError} CHECKPOINT_MISMATCH when another version of the format wrote it
 */
export async function openSealedJson(bytes: Uint8Array, what: string): Promise<unknown> {
  let document: { formatVersion?: unknown; sha256?: unknown; content?: unknown };
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof document !== "object" || document === null) return undefined;
  const { formatVersion, content } = document;
  if (typeof formatVersion === "number" && formatVersion !== runFormatVersion) {
    throw new CoppiceError(
      "CHECKPOINT_MISMATCH",
      `${what} has format version ${formatVersion}, this coppice reads ${runFormatVersion}`,
      { formatVersion },
    );
  }
  const digest = await sha256(new TextEncoder().encode(JSON.stringify(content) ?? ""));
  return digest === document.sha256 ? content : undefined;
}
