// From a table to a DMatrix, or to two: training and validation rows told apart while they are read.
// A row goes to validation when the hash of (seed, its number in the table) is below the wanted
// fraction, so the split depends on nothing but the seed; rows of one query stay together.

import { CoppiceError, showValue, throwIfAborted } from "../../core/errors.ts";
import { streamKey, uniformAt } from "../../core/random.ts";
import { DMatrix, type DMatrixInfo, type FeatureType } from "../../data/dmatrix.ts";
import { CategoryEncoder } from "./categories.ts";
import { Growable } from "./growable.ts";
import { LabelEncoder, valueAt } from "./labels.ts";
import { QueryGroups } from "./query-groups.ts";
import { assignRoles, type FeatureColumn, type RoleColumn, type Roles, type TableOptions } from "./roles.ts";
import { type Placement, RowSink } from "./row-sink.ts";
import type { ColumnRequest, ColumnValues, NumberValues, TableBlock, TableReader } from "./table.ts";

export interface SplitOptions {
  /** Part of the rows that become validation rows, in (0, 1). */
  validFraction: number;
  /** By default 0. */
  seed?: number | undefined;
}

/**
 * Reads a whole table and closes it.
 *
 * @example await tableToDMatrix(await openCsv(source), { label: "y" })
 * @throws {CoppiceError} INVALID_DATA when a column is missing or a value is not what it must be
 */
export async function tableToDMatrix(reader: TableReader, options: TableOptions = {}): Promise<DMatrix> {
  const [matrix] = await readTables(reader, options, 1, () => 0);
  return matrix;
}

/**
 * Reads a whole table into training and validation rows and closes it. Both share the coding of
 * labels and categories.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for a fraction outside (0, 1); INVALID_DATA as tableToDMatrix,
 *   or when one part has no rows
 */
export async function tableToSplit(
  reader: TableReader,
  options: TableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  const [train, valid] = await readTables(reader, options, 2, splitByHash(options));
  return { train, valid };
}

/** The draws of a split; the engine's own streams are numbered from 0. */
const SPLIT_STREAM = 0x53504c49;

/** Table 1 (validation) or 0 (training) of a row, or of a query, by its number. */
export function splitByHash(options: SplitOptions): (index: number) => number {
  const { validFraction, seed = 0 } = options;
  if (!(validFraction > 0 && validFraction < 1)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`validFraction\` must be a number in (0, 1), got ${showValue(validFraction)}`,
      { parameter: "validFraction" },
    );
  }
  const key = streamKey(seed, SPLIT_STREAM, 0, 0);
  return (index) => (uniformAt(key, index) < validFraction ? 1 : 0);
}

async function readTables(
  reader: TableReader,
  options: TableOptions,
  tableCount: number,
  tableOf: (index: number) => number,
): Promise<DMatrix[]> {
  try {
    checkBlockRowCount(options.blockRowCount);
    const roles = assignRoles(reader, options);
    const construction = new Construction(roles, options, tableCount, tableOf);
    for await (const block of reader.read(construction.requests)) {
      throwIfAborted(options.signal);
      await construction.add(block);
    }
    return construction.finish(reader);
  } finally {
    await reader.close();
  }
}

function checkBlockRowCount(count: number | undefined): void {
  if (count === undefined || (Number.isInteger(count) && count > 0)) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`blockRowCount\` must be an integer of at least 1, got ${showValue(count)}`,
    { parameter: "blockRowCount" },
  );
}

/** One or two tables under construction, with what they share. */
class Construction {
  readonly requests: readonly ColumnRequest[];
  readonly #roles: Roles;
  readonly #missing: readonly number[];
  readonly #tableOf: (index: number) => number;
  readonly #sinks: RowSink[];
  readonly #encoders: (CategoryEncoder | null)[];
  readonly #labels: LabelEncoder | undefined;
  readonly #queries: QueryGroups | undefined;
  readonly #weights: Growable<Float32Array>[];
  readonly #margins: Growable<Float32Array>[][];
  #rowCount = 0;

  constructor(roles: Roles, options: TableOptions, tableCount: number, tableOf: (index: number) => number) {
    const { label, features } = roles;
    const perTable = <T>(create: () => T): T[] => Array.from({ length: tableCount }, create);
    const vector = () => new Growable((length) => new Float32Array(length));
    this.#roles = roles;
    this.requests = orderedColumns(roles);
    this.#missing = missingNumbers(options.missing);
    this.#tableOf = tableOf;
    this.#sinks = perTable(() => new RowSink(features.length, options.blockRowCount ?? 16384));
    this.#encoders = features.map(({ coding, title, fixed }) =>
      coding === "dictionary" ? new CategoryEncoder(title, fixed ?? undefined) : null,
    );
    if (label) {
      const kind = options.labelKind ?? "number";
      this.#labels = new LabelEncoder(label.title, kind, tableCount, options.labelClasses);
    }
    if (roles.queryId) this.#queries = new QueryGroups(tableCount);
    this.#weights = perTable(vector);
    this.#margins = perTable(() => roles.baseMargin.map(vector));
  }

  async add(block: TableBlock): Promise<void> {
    const { label, weight, queryId, baseMargin, features } = this.#roles;
    let request = 0;
    const next = () => block.readColumn(request++);
    const placements = this.#place(block, queryId && (await next()));
    placements.forEach(({ count }, table) => {
      this.#sinks[table].reserve(count);
    });
    if (label) this.#labels?.read(await next(), block, placements);
    if (weight) this.#readNumbers(await next(), block, placements, weight, (t) => this.#weights[t], 0);
    for (let m = 0; m < baseMargin.length; m++) {
      this.#readNumbers(await next(), block, placements, baseMargin[m], (t) => this.#margins[t][m]);
    }
    for (let f = 0; f < features.length; f++) this.#readFeature(f, await next(), block, placements);
    placements.forEach(({ count }, table) => {
      this.#sinks[table].commit(count);
    });
    this.#rowCount += block.rowCount;
  }

  /** Which rows of the block go to which table. */
  #place(block: TableBlock, queryIds: ColumnValues | undefined): Placement[] {
    const { rowCount } = block;
    const queries = this.#queries;
    if (!queries && this.#sinks.length === 1) return [{ rows: null, count: rowCount }];
    const rows = this.#sinks.map(() => new Int32Array(rowCount));
    const counts = this.#sinks.map(() => 0);
    for (let row = 0; row < rowCount; row++) {
      const table =
        queries && queryIds
          ? queries.add(valueAt(queryIds, row), this.#tableOf, () => block.placeOf(row))
          : this.#tableOf(this.#rowCount + row);
      rows[table][counts[table]++] = row;
    }
    return rows.map((positions, table) => ({ rows: positions, count: counts[table] }));
  }

  #readNumbers(
    values: ColumnValues,
    block: TableBlock,
    placements: readonly Placement[],
    role: RoleColumn,
    target: (table: number) => Growable<Float32Array>,
    minimum: number = -Infinity,
  ): void {
    const numbers = (values as NumberValues).values;
    placements.forEach(({ rows, count }, table) => {
      const vector = target(table);
      for (let k = 0; k < count; k++) {
        const row = rows === null ? k : rows[k];
        const value = Math.fround(numbers[row]);
        if (!(Number.isFinite(value) && value >= minimum)) {
          const rule = minimum === 0 ? "a finite number of at least 0" : "a finite number";
          throw new CoppiceError(
            "INVALID_DATA",
            `${block.placeOf(row)}: ${role.title} must be ${rule}, got ${numbers[row]}`,
          );
        }
        vector.push(value);
      }
    });
  }

  #readFeature(f: number, values: ColumnValues, block: TableBlock, placements: readonly Placement[]): void {
    const codes = this.#encoders[f]?.encode(values, block, placements, this.#missing);
    placements.forEach((placement, table) => {
      const sink = this.#sinks[table];
      if (codes) {
        sink.writeCodes(f, codes, placement);
        return;
      }
      const numbers = (values as NumberValues).values;
      const bad = sink.writeNumbers(f, numbers, placement, this.#missing);
      if (bad >= 0) throw infiniteFeature(block.placeOf(bad), numbers[bad], this.#roles.features[f]);
    });
  }

  finish(reader: TableReader): DMatrix[] {
    const { features, baseMargin, weight } = this.#roles;
    const label = this.#labels?.finish();
    const categories = this.#encoders.map((encoder, f) => {
      if (!encoder) return null;
      const { names, newCodes } = encoder.finish();
      if (newCodes) for (const sink of this.#sinks) sink.recode(f, newCodes);
      return names;
    });
    const hasCategories = features.some(({ coding }) => coding !== null);
    return this.#sinks.map((sink, table) => {
      const info: DMatrixInfo = {
        label: label?.labels[table],
        labelClasses: label?.classes,
        weight: weight && this.#weights[table].finish(),
        baseMargin: baseMargin.length > 0 && sink.rowCount > 0 ? interleave(this.#margins[table]) : undefined,
        querySizes: this.#queries?.sizesOf(table),
        featureNames: reader.hasNames ? features.map((f) => reader.columns[f.column].name) : undefined,
        featureTypes: hasCategories ? features.map(featureType) : undefined,
        categories: hasCategories ? categories : undefined,
      };
      return new DMatrix(
        sink.finish(table === 0 ? reader.source : `${reader.source} (validation part)`, reader.isPart),
        info,
      );
    });
  }
}

/** The columns to read, in the order in which `add` asks for them. */
function orderedColumns(roles: Roles): ColumnRequest[] {
  const { label, weight, queryId, baseMargin } = roles;
  const features = roles.features.map((feature) => ({
    ...feature,
    float32: feature.coding !== "dictionary",
  }));
  return [queryId, label, weight, ...baseMargin, ...features].flatMap((role) => (role ? [role] : []));
}

function featureType({ coding }: FeatureColumn): FeatureType {
  return coding === null ? "q" : "c";
}

/** [rowCount × columns] row-major. */
function interleave(columns: readonly Growable<Float32Array>[]): Float32Array {
  const vectors = columns.map((column) => column.finish());
  if (vectors.length === 1) return vectors[0];
  const joined = new Float32Array(vectors.length * vectors[0].length);
  vectors.forEach((vector, c) => {
    for (let row = 0; row < vector.length; row++) joined[row * vectors.length + c] = vector[row];
  });
  return joined;
}

/** The markers of missing values that are numbers or read as numbers. */
function missingNumbers(missing: TableOptions["missing"]): number[] {
  const markers = missing === undefined ? [] : [missing].flat();
  return markers.flatMap((marker) => {
    const value = typeof marker === "string" && marker.trim() === "" ? NaN : Number(marker);
    return Number.isNaN(value) ? [] : [value];
  });
}

function infiniteFeature(place: string, value: number, feature: FeatureColumn): CoppiceError {
  return new CoppiceError(
    "INVALID_DATA",
    `${place}: feature values must be finite in float32 or missing, got ${value} in ${feature.title}`,
  );
}
