// All table formats, and how one is told: by its name where a user says it, by the name of a file, or by how
// the file begins. What looks like nothing else is CSV.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { type ByteSource, unpackedName } from "../table/bytes.ts";
import { arrowFormat } from "./arrow.ts";
import { csvFormat, tsvFormat } from "./csv.ts";
import type { FormatDeclaration } from "./format.ts";
import { libsvmFormat } from "./libsvm.ts";
import { parquetFormat } from "./parquet.ts";

const formats = {
  csv: csvFormat,
  tsv: tsvFormat,
  libsvm: libsvmFormat,
  parquet: parquetFormat,
  arrow: arrowFormat,
} as const satisfies Record<string, FormatDeclaration>;

/** The name of a format. */
export type TableFormat = keyof typeof formats;

const entries = Object.entries(formats) as [TableFormat, FormatDeclaration][];

export const tableFormats: readonly TableFormat[] = entries.map(([name]) => name);

/** Those with columns, which can be written as other formats. */
export const columnsFormats: readonly TableFormat[] = entries.flatMap(([name, { kind }]) =>
  kind === "columns" ? [name] : [],
);

/** "a, b or c". */
export function listed(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

export function formatOf(name: TableFormat): FormatDeclaration {
  return formats[name];
}

/** The format that a file's name tells, a last ".gz" aside; undefined for other extensions. */
export function formatOfName(name: string): TableFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(unpackedName(name))?.[1].toLowerCase();
  return entries.find(([, { extensions }]) => extensions.some((known) => known === extension))?.[0];
}

/**
 * The format of a source: the one that is asked for, or told by its name or its first bytes.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown `format` or no source
 */
export async function formatOfSource(
  source: ByteSource | undefined,
  format: TableFormat | undefined,
): Promise<TableFormat> {
  if (source === undefined) {
    throw new CoppiceError("INVALID_PARAMETER", "a table must be made of at least one file, got none");
  }
  if (format !== undefined && !tableFormats.includes(format)) throw unknownFormat(tableFormats, format);
  return format ?? formatOfName(source.name) ?? sniffFormat(source);
}

export function unknownFormat(known: readonly string[], format: unknown): CoppiceError {
  return new CoppiceError(
    "INVALID_PARAMETER",
    `\`format\` must be one of ${known.map(showValue).join(", ")}, got ${showValue(format)}`,
    { parameter: "format" },
  );
}

/** As much as is looked at for the end of the first line. */
const HEAD_BYTES = 1 << 16;

async function sniffFormat(source: ByteSource): Promise<TableFormat> {
  let head = "";
  let start = "";
  const decoder = new TextDecoder();
  for await (const chunk of source.stream()) {
    if (start.length < 16) start += String.fromCharCode(...chunk.subarray(0, 16));
    head += decoder.decode(chunk, { stream: true });
    if (head.includes("\n") || head.length > HEAD_BYTES) break;
  }
  const line = head.split(/\r?\n/, 1)[0];
  const found =
    entries.find(([, { magic }]) => magic !== undefined && start.startsWith(magic)) ??
    entries.find(([, { hasFirstLine }]) => hasFirstLine?.(line));
  return found?.[0] ?? "csv";
}
