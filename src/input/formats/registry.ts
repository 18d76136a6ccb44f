// All table formats, and how one is told: by its name where a user says it, by the name of a file, or by how
// the file begins. What looks like nothing else is CSV.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { type ByteSource, unpackedName } from "../table/bytes.ts";
import { arrowFormat } from "./arrow.ts";
import { csvFormat, tsvFormat } from "./csv.ts";
import type { ColumnsFormat, FormatDeclaration } from "./format.ts";
import { libsvmFormat } from "./libsvm.ts";
import { parquetFormat } from "./parquet.ts";

const formats = {
  csv: csvFormat,
  tsv: tsvFormat,
  libsvm: libsvmFormat,
  parquet: parquetFormat,
  arrow: arrowFormat,
} as const satisfies Record<string, FormatDeclaration>;

type Formats = typeof formats;

/** The name of a format. */
export type TableFormat = keyof Formats;

/** The name of a format that is written too. */
export type OutputFormat = {
  [Name in TableFormat]: Formats[Name] extends { write: unknown } ? Name : never;
}[TableFormat];

const entries = Object.entries(formats) as [TableFormat, FormatDeclaration][];

export const tableFormats: readonly TableFormat[] = entries.map(([name]) => name);

/** Those with columns, which can be written as other formats. */
export const columnsFormats: readonly TableFormat[] = entries.flatMap(([name, { kind }]) =>
  kind === "columns" ? [name] : [],
);

export const outputFormats: readonly OutputFormat[] = entries.flatMap(([name, format]) =>
  "write" in format ? [name as OutputFormat] : [],
);

/** "a, b or c". */
export function listed(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

export function formatOf(name: TableFormat): FormatDeclaration {
  return formats[name];
}

/** @throws {CoppiceError} INVALID_PARAMETER for a name of no format that is written */
export function writerOf(name: OutputFormat): Required<Pick<ColumnsFormat, "extensions" | "write">> {
  if (!outputFormats.includes(name)) throw unknownFormat(outputFormats, name);
  return formats[name];
}

/** ".csv", ".parquet", and so on. */
export const outputEndings: readonly string[] = outputFormats.map(
  (name) => `.${writerOf(name).extensions[0]}`,
);

/** The format that a file is to be written in by its name. @throws {CoppiceError} INVALID_PARAMETER when there is none */
export function outputFormatOf(path: string): OutputFormat {
  const format = unpackedName(path) === path ? formatOfName(path) : undefined;
  const found = outputFormats.find((name) => name === format);
  if (found !== undefined) return found;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `a table can be written to ${listed(outputEndings)}, got ${showValue(path)}`,
    { path },
  );
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

function unknownFormat(known: readonly string[], format: unknown): CoppiceError {
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
