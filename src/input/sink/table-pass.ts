// One pass over a table: every row goes to one of the tables that are made of it (training, validation), its
// label, weight, query and margins are kept, its categories get codes, and its feature values go to the
// table's sink.

import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, throwIfAborted } from "../../core/errors.ts";
import type { CategoryNames, DMatrixInfo, FeatureType } from "../../data/dmatrix.ts";
import { CategoryEncoder } from "../table/categories.ts";
import type { FeatureSink, Placement } from "../table/feature-sink.ts";
import { Growable } from "../table/growable.ts";
import { LabelEncoder, valueAt } from "../table/labels.ts";
import { QueryGroups } from "../table/query-groups.ts";
import type { FeatureColumn, RoleColumn, Roles, TableOptions } from "../table/roles.ts";
import type { ColumnRequest, ColumnValues, NumberValues, TableBlock, TableReader } from "../table/table.ts";

/** What a pass has found out beside the feature values. */
export interface PassResult {
  /** One per table. */
  readonly infos: readonly DMatrixInfo[];
  /** Per feature the names of its categories in code order; null where it has no dictionary. */
  readonly categories: readonly CategoryNames[];
  /** Per feature by what to replace the codes that the sinks were given; null for nothing. */
  readonly newCodes: readonly (Int32Array | null)[];
}

export class TablePass {
  readonly requests: readonly ColumnRequest[];
  readonly #roles: Roles;
  readonly #missing: readonly number[];
  /** The same in float32. */
  readonly #markers: readonly number[];
  readonly #tableOf: (index: number) => number;
  readonly #sinks: readonly FeatureSink[];
  readonly #encoders: (CategoryEncoder | null)[];
  readonly #labels: LabelEncoder | undefined;
  readonly #queries: QueryGroups | undefined;
  readonly #weights: Growable<Float32Array>[];
  readonly #margins: Growable<Float32Array>[][];
  /** Room for the numbers of one feature. */
  #numbers: Float32Array = new Float32Array(0);
  #rowCount = 0;

  /**
   * @param sinks one per table
   * @param tableOf the table of a row, or of a query, by its number
   */
  constructor(
    roles: Roles,
    options: Pick<TableOptions, "labelKind" | "labelClasses" | "missing">,
    sinks: readonly FeatureSink[],
    tableOf: (index: number) => number,
  ) {
    const { label, features } = roles;
    const perTable = <T>(create: () => T): T[] => sinks.map(create);
    const vector = () => new Growable((length) => new Float32Array(length));
    this.#roles = roles;
    this.requests = orderedColumns(roles);
    this.#missing = missingNumbers(options.missing);
    this.#markers = this.#missing.map(Math.fround);
    this.#tableOf = tableOf;
    this.#sinks = sinks;
    this.#encoders = features.map(({ coding, title, fixed }) =>
      coding === "dictionary" ? new CategoryEncoder(title, fixed ?? undefined) : null,
    );
    if (label) {
      const kind = options.labelKind ?? "number";
      this.#labels = new LabelEncoder(label.title, kind, sinks.length, options.labelClasses);
    }
    if (roles.queryId) this.#queries = new QueryGroups(sinks.length);
    this.#weights = perTable(vector);
    this.#margins = perTable(() => roles.baseMargin.map(vector));
  }

  /** Reads all rows of a table. */
  async run(reader: TableReader, signal: AbortSignalLike | undefined): Promise<void> {
    for await (const block of reader.read(this.requests)) {
      throwIfAborted(signal);
      await this.#add(block);
    }
  }

  async #add(block: TableBlock): Promise<void> {
    const { label, weight, queryId, baseMargin, features } = this.#roles;
    let request = 0;
    const next = () => block.readColumn(request++);
    const placements = this.#place(block, queryId && (await next()));
    if (label) this.#labels?.read(await next(), block, placements);
    if (weight) {
      const role = { ...weight, minimum: 0 };
      this.#readNumbers(await next(), block, placements, role, (t) => this.#weights[t]);
    }
    for (let m = 0; m < baseMargin.length; m++) {
      this.#readNumbers(await next(), block, placements, baseMargin[m], (t) => this.#margins[t][m]);
    }
    placements.forEach(({ count }, table) => {
      this.#sinks[table].reserve(count, weight && this.#weights[table].tail(count));
    });
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
    { title, minimum = -Infinity }: RoleColumn & { readonly minimum?: number },
    target: (table: number) => Growable<Float32Array>,
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
            `${block.placeOf(row)}: ${title} must be ${rule}, got ${numbers[row]}`,
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
      sink.writeNumbers(f, this.#takeNumbers(f, (values as NumberValues).values, block, placement));
    });
  }

  /** The placed values of a feature in float32, NaN where missing. */
  #takeNumbers(
    f: number,
    values: Float64Array | Float32Array,
    block: TableBlock,
    { rows, count }: Placement,
  ): Float32Array {
    if (this.#numbers.length < count) this.#numbers = new Float32Array(count);
    const numbers = this.#numbers.subarray(0, count);
    const markers = this.#markers;
    const hasMarkers = markers.length > 0;
    for (let k = 0; k < count; k++) {
      const from = rows === null ? k : rows[k];
      const value = Math.fround(values[from]);
      if (value - value !== 0 && value === value) {
        throw infiniteFeature(block.placeOf(from), values[from], this.#roles.features[f]);
      }
      numbers[k] = hasMarkers && markers.includes(value) ? NaN : value;
    }
    return numbers;
  }

  /** What was found out; may be called once. */
  finish(reader: TableReader): PassResult {
    const { features, baseMargin, weight } = this.#roles;
    const label = this.#labels?.finish();
    const encodings = this.#encoders.map((encoder) => encoder?.finish() ?? { names: null, newCodes: null });
    const categories = encodings.map(({ names }) => names);
    const hasCategories = features.some(({ coding }) => coding !== null);
    const infos = this.#sinks.map((sink, table) => ({
      label: label?.labels[table],
      labelClasses: label?.classes,
      weight: weight && this.#weights[table].finish(),
      baseMargin: baseMargin.length > 0 && sink.rowCount > 0 ? interleave(this.#margins[table]) : undefined,
      querySizes: this.#queries?.sizesOf(table),
      featureNames: reader.hasNames ? features.map((f) => reader.columns[f.column].name) : undefined,
      featureTypes: hasCategories ? features.map(featureType) : undefined,
      categories: hasCategories ? categories : undefined,
    }));
    return { infos, categories, newCodes: encodings.map(({ newCodes }) => newCodes) };
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
