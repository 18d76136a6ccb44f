// One coding of label classes and categories for all peers. Each has numbered what occurs in its own rows;
// here all learn of all, the union is sorted as for one table, and codes are renumbered. A class that is
// absent on a peer, or an empty shard, needs no care after this.

import type { Collective } from "../../core/collective.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import { type CategoryNames, DMatrix, type LabelClass } from "../../data/dmatrix.ts";
import { DenseFeatures } from "../../data/features.ts";
import { sortNames } from "../../input/table/categories.ts";

interface Coding {
  readonly featureNames: readonly string[] | null;
  readonly featureCount: number;
  readonly categories: readonly CategoryNames[] | null;
  readonly labelClasses: readonly LabelClass[] | null;
}

/**
 * The table with the coding of all peers, recoded in place where it differs from the peer's own.
 *
 * @throws {CoppiceError} INVALID_DATA when peers read other columns
 */
export async function agreeOnCoding(data: DMatrix, collective: Collective): Promise<DMatrix> {
  if (collective.worldSize === 1) return data;
  const own: Coding = {
    featureNames: data.featureNames ?? null,
    featureCount: data.featureCount,
    categories: data.categories ?? null,
    labelClasses: data.labelClasses ?? null,
  };
  const messages = await collective.allGather(new TextEncoder().encode(JSON.stringify(own)));
  const all = messages.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Coding);
  checkColumns(all);
  const labelClasses = own.labelClasses && unite(all.map((coding) => coding.labelClasses ?? []));
  const categories =
    own.categories?.map((names, f) =>
      names === null ? null : (unite(all.map((coding) => coding.categories?.[f] ?? [])) as string[]),
    ) ?? null;
  const label = recodeLabels(data, labelClasses);
  categories?.forEach((names, f) => {
    if (names !== null) recodeFeature(data, f, data.categories?.[f] ?? [], names);
  });
  return new DMatrix(data.features, {
    label,
    labelClasses: labelClasses ?? undefined,
    categories: categories ?? undefined,
    weight: data.weight,
    baseMargin: data.baseMargin,
    querySizes: data.queryOffsets && sizesOf(data.queryOffsets),
    featureNames: data.featureNames,
    featureTypes: data.featureTypes,
    featureWeights: data.featureWeights,
  });
}

function checkColumns(all: readonly Coding[]): void {
  const describe = ({ featureNames, featureCount }: Coding) =>
    featureNames === null
      ? `${featureCount} without names`
      : featureNames.slice(0, 8).map(showValue).join(", ");
  const rank = all.findIndex(
    ({ featureNames, featureCount }) =>
      featureCount !== all[0].featureCount ||
      JSON.stringify(featureNames) !== JSON.stringify(all[0].featureNames),
  );
  if (rank < 0) return;
  throw new CoppiceError(
    "INVALID_DATA",
    `all workers must read the same columns; worker 0 has ${describe(all[0])}, worker ${rank} ${describe(all[rank])}`,
  );
}

/** What occurs anywhere, each once, sorted as in one table. */
function unite(lists: readonly (readonly LabelClass[])[]): LabelClass[] {
  return sortNames([...new Set(lists.flat())]);
}

/** For each old code the new one; undefined when nothing changes. */
function newCodes(from: readonly LabelClass[], to: readonly LabelClass[]): Float32Array | undefined {
  const position = new Map(to.map((name, code) => [name, code]));
  const codes = Float32Array.from(from, (name) => position.get(name)!);
  return codes.every((code, i) => code === i) ? undefined : codes;
}

function recodeLabels(data: DMatrix, classes: readonly LabelClass[] | null): Float32Array | undefined {
  const { label, labelClasses } = data;
  const codes = classes && labelClasses && newCodes(labelClasses, classes);
  return codes && label ? label.map((code) => codes[code]) : label;
}

function recodeFeature(
  { features }: DMatrix,
  feature: number,
  from: readonly LabelClass[],
  to: readonly LabelClass[],
): void {
  const codes = newCodes(from, to);
  if (codes === undefined || !(features instanceof DenseFeatures)) return;
  for (const block of features.blocks) {
    for (let at = feature; at < block.length; at += features.featureCount) {
      if (block[at] === block[at]) block[at] = codes[block[at]];
    }
  }
}

function sizesOf(offsets: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: offsets.length - 1 }, (_, q) => offsets[q + 1] - offsets[q]);
}
