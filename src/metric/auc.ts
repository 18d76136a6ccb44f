// auc and aucpr: the area under the ROC and the precision-recall curve. One output per row: that of the
// positive class. Several: each class against the rest, averaged. With query groups: averaged over them.
// All rows are gathered on every peer, so the result is that of one machine, unlike XGBoost's, which
// averages over peers.

import type { Collective } from "../core/collective.ts";
import { areaUnderPrecisionRecall, areaUnderRoc, type BinaryRows, type CurveArea } from "./curve.ts";
import { gatherRows } from "./gather.ts";
import type { MetricInput } from "./metric.ts";
import { defineMetric, type MetricModule } from "./metric-module.ts";
import { areaOfQueries } from "./query-auc.ts";

export const auc: MetricModule = areaMetric("auc");
export const aucpr: MetricModule = areaMetric("aucpr");

function areaMetric(name: "auc" | "aucpr"): MetricModule {
  const areaUnder = name === "auc" ? areaUnderRoc : areaUnderPrecisionRecall;
  return defineMetric({
    name,
    isHigherBetter: true,
    tasks: ["binary", "multiclass", "ranking"],
    create: () => async (input, collective) => {
      if (input.queryOffsets && input.groupCount === 1) return areaOfQueries(name, input, collective);
      const all = await gatherAll(input, collective);
      if (all.groups.length === 1) return areaUnder({ ...all, scores: all.groups[0] }).area;
      return averageOverClasses(all, areaUnder, name === "auc");
    },
  });
}

interface GatheredRows extends Omit<BinaryRows, "scores"> {
  /** The scores of each class. */
  readonly groups: readonly Float32Array[];
}

async function gatherAll(input: MetricInput, collective: Collective): Promise<GatheredRows> {
  const { predictions, groupCount, rowCount, label, weight } = input;
  const columns = Array.from({ length: groupCount }, (_, group) =>
    predictions.subarray(group * rowCount, (group + 1) * rowCount),
  );
  columns.push(label);
  if (weight) columns.push(weight);
  const all = await gatherRows(columns, collective);
  return {
    groups: all.slice(0, groupCount),
    label: all[groupCount],
    weight: weight && all[groupCount + 1],
  };
}

/** XGBoost parity: auc weighs a class by its rows, aucpr all alike; a class without rows makes it NaN. */
function averageOverClasses(
  { groups, label, weight }: GatheredRows,
  areaUnder: (rows: BinaryRows) => CurveArea,
  isWeighted: boolean,
): number {
  let sum = 0;
  let total = 0;
  groups.forEach((scores, group) => {
    const isClass = label.map((y) => (y === group ? 1 : 0));
    const { positive, area } = areaUnder({ scores, label: isClass, weight });
    const share = isWeighted ? positive : 1;
    sum += area * share;
    total += share;
  });
  return total > 0 ? sum / total : Number.NaN;
}
