// Any supported file as a DMatrix: the format is told by the name, or by the first bytes where the
// name does not say it. Takes sources, so it runs wherever bytes can be had.

import { checkValue, type Declarations, type Joined, type ValuesOf } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { openArrow } from "./columnar/arrow.ts";
import { openParquet } from "./columnar/parquet.ts";
import { type SplitOptions, splitOptions, tableToDMatrix, tableToSplit } from "./sink/table-dmatrix.ts";
import type { ByteSource } from "./table/bytes.ts";
import { concatTables } from "./table/concat.ts";
import { tableOptions } from "./table/roles.ts";
import type { TableReader } from "./table/table.ts";
import { csvOptions, openCsv } from "./text/csv.ts";
import { type LibsvmOptions, libsvmToDMatrix, libsvmToSplit } from "./text/libsvm.ts";

export type TableFormat = "csv" | "tsv" | "libsvm" | "parquet" | "arrow";

const ownOptions = {
  /** By default told from the file. */
  format: {
    type: "string",
    choices: ["csv", "tsv", "libsvm", "parquet", "arrow"] satisfies TableFormat[],
    flag: "<name>",
    doc: "of the table (default: by the file's name)",
  },
  /** For libsvm: by default one more than the largest index, or the number of `features`. */
  featureCount: { type: "integer", minimum: 0 },
} as const satisfies Declarations;

export const readTableOptions: Joined<Joined<typeof ownOptions, typeof csvOptions>, typeof tableOptions> = {
  ...ownOptions,
  ...csvOptions,
  ...tableOptions,
};

export interface ReadTableOptions extends ValuesOf<typeof readTableOptions> {}

export const readTableSplitOptions: Joined<typeof readTableOptions, typeof splitOptions> = {
  ...readTableOptions,
  ...splitOptions,
};

const EXTENSIONS: Readonly<Record<string, TableFormat>> = {
  csv: "csv",
  tsv: "tsv",
  svm: "libsvm",
  libsvm: "libsvm",
  parquet: "parquet",
  pq: "parquet",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow",
};

/** The format that a file's name tells, a last ".gz" aside; undefined for other extensions. */
export function formatOfName(name: string): TableFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(name.replace(/\.gz$/i, ""))?.[1].toLowerCase();
  return extension === undefined ? undefined : EXTENSIONS[extension];
}

/**
 * Reads sources, one after another, as one table, and closes them.
 *
 * @throws {CoppiceError} INVALID_DATA when a file is not what it must be, naming file and line or row
 */
export async function readSources(
  sources: readonly ByteSource[],
  options: ReadTableOptions = {},
): Promise<DMatrix> {
  checkOptions("readTable()", readTableOptions, options);
  const format = await formatOfSource(sources[0], options.format);
  if (format === "libsvm") return libsvmToDMatrix(sources, libsvmOptions(options));
  return tableToDMatrix(await openSources(sources, format, options), options);
}

/** Reads sources into training and validation rows, told apart as by `tableToSplit`. */
export async function readSourcesSplit(
  sources: readonly ByteSource[],
  options: ReadTableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  checkOptions("readTableSplit()", readTableSplitOptions, options);
  const format = await formatOfSource(sources[0], options.format);
  if (format === "libsvm") return libsvmToSplit(sources, { ...options, ...libsvmOptions(options) });
  return tableToSplit(await openSources(sources, format, options), options);
}

/** Opens a table that is not libsvm, for readers that want its rows rather than a DMatrix. */
export async function openTable(
  sources: readonly ByteSource[],
  options: ReadTableOptions = {},
): Promise<TableReader> {
  const format = await formatOfSource(sources[0], options.format);
  if (format === "libsvm") {
    throw new CoppiceError("UNSUPPORTED", `${sources[0].name}: libsvm has no columns; read it as a DMatrix`);
  }
  return openSources(sources, format, options);
}

function openSources(
  sources: readonly ByteSource[],
  format: Exclude<TableFormat, "libsvm">,
  options: ReadTableOptions,
): Promise<TableReader> {
  return concatTables(
    sources.map((source) => (first: TableReader | undefined) => {
      if (format === "parquet") return openParquet(source, options);
      if (format === "arrow") return openArrow(source, options);
      const delimiter = options.delimiter ?? (format === "tsv" ? "\t" : undefined);
      const hasHeader = options.hasHeader ?? first?.hasNames ?? (usesNames(options) ? true : undefined);
      return openCsv(source, { ...options, delimiter, hasHeader });
    }),
  );
}

/** Whether a column is asked for by name: then there must be a header, whatever it looks like. */
function usesNames(options: ReadTableOptions): boolean {
  const { label, weight, queryId, baseMargin, features, categorical, ignore } = options;
  const refs = [label, weight, queryId, baseMargin, features, categorical, ignore].flat();
  return refs.some((ref) => typeof ref === "string" && !/^[+-]?\d+$/.test(ref));
}

function libsvmOptions(options: ReadTableOptions): LibsvmOptions {
  const { labelKind, labelClasses, missing, signal, featureCount, features } = options;
  return { labelKind, labelClasses, missing, signal, featureCount: featureCount ?? features?.length };
}

/**
 * The format of a source, by its name or its first bytes.
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
  if (format !== undefined) checkValue("format", readTableOptions.format, format);
  return format ?? formatOfName(source.name) ?? sniffFormat(source);
}

const LIBSVM_LINE = /^[^\s:,]+(:\S+)?(\s+qid:\S+)?(\s+\d+:[^\s:]+)+\s*(#.*)?$/;

/** Magic words of the binary formats; then whether the first line reads like libsvm; else csv. */
async function sniffFormat(source: ByteSource): Promise<TableFormat> {
  let head = "";
  const decoder = new TextDecoder();
  for await (const chunk of source.stream()) {
    head += decoder.decode(chunk, { stream: true });
    if (head.includes("\n") || head.length > 1 << 16) break;
  }
  if (head.startsWith("PAR1")) return "parquet";
  if (head.startsWith("ARROW1")) return "arrow";
  return LIBSVM_LINE.test(head.split(/\r?\n/, 1)[0]) ? "libsvm" : "csv";
}
