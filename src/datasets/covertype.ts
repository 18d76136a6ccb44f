// The real Covertype table, downloaded from UCI: Blackard, J. (1998), Covertype, UCI Machine Learning
// Repository, https://doi.org/10.24432/C50K5N, CC BY 4.0. The file is checked twice: its bytes by
// their digest, and what was read from it by the number of rows of every class.

import { CoppiceError } from "../core/errors.ts";
import { joinBytes } from "../core/typed-bytes.ts";
import { bytesSource } from "../input/table/bytes.ts";
import type { NumberValues, TableReader } from "../input/table/table.ts";
import { openCsv } from "../input/text/csv.ts";
import { type ForestCoverTable, forestCoverColumns } from "./forest-cover.ts";

/** What the download must be. */
export interface CovertypeSource {
  readonly url: string;
  /** Of the gzip file, in hexadecimal. */
  readonly sha256: string;
  /** Rows of the classes 1..7. */
  readonly classCounts: readonly number[];
}

export const covertypeSource: CovertypeSource = {
  url: "https://archive.ics.uci.edu/ml/machine-learning-databases/covtype/covtype.data.gz",
  sha256: "614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771",
  classCounts: [211840, 283301, 35754, 2747, 9493, 17367, 20510],
};

export interface CovertypeOptions {
  signal?: AbortSignal | undefined;
  /** Told how many bytes have arrived, and of how many if the server says so. */
  onProgress?: ((received: number, total: number | undefined) => void) | undefined;
  /** Another place, or another file of the same form. */
  source?: CovertypeSource | undefined;
}

/**
 * Downloads, checks and reads Covertype: 581,012 rows in UCI's order.
 *
 * @throws {CoppiceError} INVALID_DATA when the file is not the one that was published, or cannot be
 *   had; ABORTED through `signal`
 */
export async function downloadCovertype(options: CovertypeOptions = {}): Promise<ForestCoverTable> {
  const { source = covertypeSource } = options;
  const bytes = await download(source.url, options);
  const digest = hexOf(await crypto.subtle.digest("SHA-256", bytes));
  if (digest !== source.sha256) {
    throw new CoppiceError(
      "INVALID_DATA",
      `${source.url}: the SHA-256 digest must be ${source.sha256}, got ${digest} for ${bytes.length} bytes`,
      { url: source.url, digest },
    );
  }
  const rowCount = source.classCounts.reduce((sum, count) => sum + count, 0);
  const reader = await openCsv(bytesSource(source.url, bytes), { hasHeader: false, delimiter: "," });
  const table = await readColumns(reader, rowCount);
  checkClassCounts(table, source);
  return table;
}

function hexOf(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function download(
  url: string,
  { signal, onProgress }: CovertypeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok || response.body === null) {
      throw new CoppiceError("INVALID_DATA", `${url}: the server answered ${response.status}`, { url });
    }
    const length = Number(response.headers.get("content-length"));
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk);
      received += chunk.length;
      onProgress?.(received, length > 0 ? length : undefined);
    }
    return joinBytes(chunks);
  } catch (cause) {
    if (cause instanceof CoppiceError) throw cause;
    if (signal?.aborted) throw new CoppiceError("ABORTED", "the operation was aborted", {}, cause);
    throw new CoppiceError(
      "INVALID_DATA",
      `${url}: cannot be downloaded: ${reasonOf(cause)}`,
      { url },
      cause,
    );
  }
}

/** `fetch` hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}

async function readColumns(reader: TableReader, rowCount: number): Promise<ForestCoverTable> {
  const columns = forestCoverColumns.map(() => new Int16Array(rowCount));
  const { length: width } = columns;
  let row = 0;
  try {
    if (reader.columns.length !== width) throw wrongShape(reader, `${width} columns`, reader.columns.length);
    const requests = columns.map((_, column) => ({ column, kind: "number", float32: true }) as const);
    for await (const block of reader.read(requests)) {
      if (row + block.rowCount > rowCount) throw wrongShape(reader, `${rowCount} rows`, "more");
      for (let c = 0; c < width; c++) {
        const { values } = (await block.readColumn(c)) as NumberValues;
        columns[c].set(values.subarray(0, block.rowCount), row);
      }
      row += block.rowCount;
    }
  } finally {
    await reader.close();
  }
  if (row !== rowCount) throw wrongShape(reader, `${rowCount} rows`, row);
  return { rowCount, names: forestCoverColumns, columns };
}

function checkClassCounts(table: ForestCoverTable, source: CovertypeSource): void {
  const counts = source.classCounts.map(() => 0);
  for (const label of table.columns[table.columns.length - 1]) counts[label - 1]++;
  source.classCounts.forEach((expected, k) => {
    if (counts[k] !== expected) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${source.url}: class ${k + 1} must have ${expected} rows, got ${counts[k]}`,
        { url: source.url, class: k + 1 },
      );
    }
  });
}

function wrongShape(reader: TableReader, rule: string, got: number | string): CoppiceError {
  return new CoppiceError("INVALID_DATA", `${reader.source}: the table must have ${rule}, got ${got}`);
}
