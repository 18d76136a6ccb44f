// Checks of what training is given: what cannot be trained on is refused, what is legal but most likely a
// mistake gives a warning.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { Cuts } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { isMissingWord, missingHint } from "../data/missing-words.ts";
import { QuantileDMatrix } from "../data/quantile-dmatrix.ts";
import { createMetric } from "../metric/registry.ts";
import { createObjective, taskOf, trainableObjectives } from "../objective/registry.ts";
import { isClassifier } from "../objective/task.ts";
import type { TrainParameters } from "./parameters.ts";

const BLOCK_ROWS = 256;

/**
 * @param what the table in words, for the message
 * @param rowCount its rows on all peers together
 * @throws {CoppiceError} INVALID_DATA when a table cannot be trained on or evaluated
 */
export function checkTable(what: string, data: DMatrix, rowCount: number): void {
  if (rowCount === 0) throw new CoppiceError("INVALID_DATA", `${what} has no rows`);
  if (data.featureCount === 0) throw new CoppiceError("INVALID_DATA", `${what} has no features`);
  if (data.label === undefined) throw new CoppiceError("INVALID_DATA", `${what} has no labels`);
}

/** @throws {CoppiceError} INVALID_PARAMETER when cuts given by the user are not for this table */
export function checkCuts(cuts: Cuts, data: DMatrix): void {
  if (data instanceof QuantileDMatrix) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      "`cuts` cannot be given for a QuantileDMatrix: it has its own",
      {
        parameter: "cuts",
      },
    );
  }
  const count = cuts.offsets.length - 1;
  if (count !== data.featureCount) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`cuts\` must have a list for each of the ${data.featureCount} features, got ${count}`,
      { parameter: "cuts" },
    );
  }
  for (let f = 0; f < count; f++) {
    const isCategorical = data.featureTypes?.[f] === "c";
    if (isCategorical === (cuts.isCategorical[f] === 1)) continue;
    const [wanted, got] = isCategorical ? ["category codes", "numbers"] : ["numbers", "category codes"];
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`cuts\` of feature ${f} must be ${wanted}, as its type is, got ${got}`,
      { parameter: "cuts", feature: f },
    );
  }
}

/** Warns of every feature that has no value in any row. */
export function warnOfEmptyColumns(data: DMatrix, warn: (message: string) => void): void {
  const { features, rowCount, featureCount } = data;
  const hasValue = new Uint8Array(featureCount);
  const scratch = new Float32Array(BLOCK_ROWS * featureCount);
  for (let begin = 0; begin < rowCount && hasValue.includes(0); begin += BLOCK_ROWS) {
    const block = features.readRows(begin, Math.min(begin + BLOCK_ROWS, rowCount), scratch);
    for (let i = 0; i < block.length; i++) if (!Number.isNaN(block[i])) hasValue[i % featureCount] = 1;
  }
  hasValue.forEach((has, f) => {
    if (!has) warn(`feature ${data.featureNames?.[f] ?? f} has no value in any row; no split can use it`);
  });
}

/** Warns of columns of numbers that are categories only because a word among them says that a value is missing. */
export function warnOfMissingWords(data: DMatrix, warn: (message: string) => void): void {
  data.categories?.forEach((names, f) => {
    const words = names?.filter((name) => typeof name === "string" && Number.isNaN(Number(name))) ?? [];
    if (
      words.length === 0 ||
      words.length === names!.length ||
      !words.every((w) => isMissingWord(String(w)))
    ) {
      return;
    }
    const word = String(words[0]);
    const title = showValue(data.featureNames?.[f] ?? f);
    warn(
      `feature ${title} is categorical, for beside numbers it holds ${showValue(word)}; ${missingHint(word)}`,
    );
  });
}

/** Warns when all rows have one label. */
export function warnOfEqualLabels(data: DMatrix, warn: (message: string) => void): void {
  const { label, labelClasses } = data;
  if (label === undefined || label.some((value) => value !== label[0])) return;
  warn(`all labels are ${labelClasses?.[label[0]] ?? label[0]}; there is nothing to learn from them`);
}

/**
 * Bins by other cuts cannot follow the splits of the training table.
 *
 * @throws {CoppiceError} INVALID_DATA when an evaluation set holds bins that are not the training table's
 */
export function checkSameCuts(what: string, data: DMatrix, training: DMatrix): void {
  const { cuts } = data.features;
  if (cuts === undefined || cuts === training.features.cuts) return;
  throw new CoppiceError(
    "INVALID_DATA",
    `${what} is a QuantileDMatrix with cuts of its own, which are not those of the training table; give it as a DMatrix`,
  );
}

/**
 * Labels coded by different dictionaries mean different classes by the same number.
 *
 * @throws {CoppiceError} INVALID_DATA when both tables have a dictionary of labels and they differ
 */
export function checkSameClasses(what: string, data: DMatrix, training: DMatrix): void {
  const [own, wanted] = [data.labelClasses, training.labelClasses];
  if (own === undefined || wanted === undefined) return;
  if (own.length === wanted.length && own.every((label, i) => label === wanted[i])) return;
  throw new CoppiceError(
    "INVALID_DATA",
    `${what} codes its labels as ${showValue(own)}, the training table as ${showValue(wanted)}; ` +
      "read it with `labelClasses` of the training table",
  );
}

/** @throws {CoppiceError} INVALID_DATA when the labels do not have as many classes as `objective` needs */
export function checkClasses(objective: string, { labelClasses }: DMatrix): void {
  if (labelClasses === undefined || !isClassifier(objective)) return;
  const found = labelClasses.slice(0, 5).map((name) => JSON.stringify(name));
  const shown = found.join(", ") + (labelClasses.length > 5 ? ", …" : "");
  if (labelClasses.length < 2) {
    throw new CoppiceError("INVALID_DATA", `the labels must have two classes or more, got only ${shown}`);
  }
  if (taskOf(objective) === "binary" && labelClasses.length > 2) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`${objective}\` needs labels of two classes, got ${labelClasses.length} (${shown}); \`multi:softprob\` takes more`,
    );
  }
}

/**
 * Looks at the names of objective and metrics before anything is read.
 *
 * @throws {CoppiceError} INVALID_PARAMETER or UNSUPPORTED for what cannot be trained
 */
export function checkObjective(parameters: TrainParameters): void {
  const { objective, evalMetric = [] } = parameters;
  if (objective !== undefined && !trainableObjectives.includes(objective)) createObjective(objective);
  for (const name of [evalMetric].flat()) createMetric(name, parameters);
}
