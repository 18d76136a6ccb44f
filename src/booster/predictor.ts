// A model that predicts: the part of a booster that serving needs, free of training, writing and
// explaining.

import { CoppiceError, showValue } from "../core/errors.ts";
import { checkNames, type OptionNames } from "../core/options.ts";
import type { DMatrix, LabelClass } from "../data/dmatrix.ts";
import type { Features } from "../data/features.ts";
import { writeLeafIds } from "../kernel/predict/predict.ts";
import { addLinearMargins } from "../kernel/predict/predict-linear.ts";
import { readBlocks } from "../kernel/predict/predict-rows.ts";
import type { Model } from "../model/model.ts";
import { isClassifier } from "../objective/task.ts";
import { applyOutput, middleOf, transformMargins } from "../objective/transform.ts";
import { alignFeatures, tooManyFeatures } from "./align.ts";
import { type PreparedModel, prepareModel, treeRange, visitMargins } from "./margins.ts";

/**
 * What is predicted: "value" the objective's output (a probability, a count, ..), "margin" the sum
 * before its transform, "class" the number of the class, "leaf" the number of the leaf in every tree.
 */
export type PredictorKind = "value" | "margin" | "class" | "leaf";

export interface PredictorOptions<Kind extends string = PredictorKind> {
  /** "value" by default. */
  kind?: Kind | undefined;
  /** The rounds [begin, end) that predict; all by default. The base score always counts. */
  rounds?: readonly [number, number] | undefined;
  /** Whether names of features must be the model's; true by default. */
  strict?: boolean | undefined;
}

/** Names alone: this is part of the smallest entry. */
export const predictorOptionNames: OptionNames<PredictorOptions> = { kind: true, rounds: true, strict: true };

/** The attribute in which the user's own class labels travel with a model, as a JSON list. */
const LABEL_CLASSES_ATTRIBUTE = "coppice_label_classes";

/** A loaded model, ready to predict. */
export class Predictor {
  readonly model: Model;
  #prepared: PreparedModel | undefined;
  #labelClasses: readonly LabelClass[] | undefined;
  /** Room for the margins of `predictRow`. */
  #rowMargins: Float32Array = new Float32Array(0);

  constructor(model: Model) {
    this.model = model;
  }

  /** Rounds of boosting in the model. */
  get roundCount(): number {
    return this.model.roundOffsets.length - 1;
  }

  /**
   * The round with the best score, counted from 0, where early stopping noted one. Prediction uses all
   * rounds unless told otherwise.
   */
  get bestIteration(): number | undefined {
    const round = Number(this.model.attributes.best_iteration ?? NaN);
    return Number.isInteger(round) && round >= 0 ? round : undefined;
  }

  /**
   * The rounds up to the best, or all where none was noted: `rounds: model.bestRounds` predicts as the
   * command line and the server do.
   */
  get bestRounds(): readonly [number, number] {
    const { bestIteration = Infinity, roundCount } = this;
    return [0, Math.min(bestIteration + 1, roundCount)];
  }

  /** The names of the features, or f0, f1, .. where the model has none. */
  get featureNames(): readonly string[] {
    const { featureNames, featureCount } = this.model;
    if (featureNames.length > 0) return featureNames;
    return Array.from({ length: featureCount }, (_, f) => `f${f}`);
  }

  /** What the class numbers stand for, in their order; undefined when the model does not say. */
  get labelClasses(): readonly LabelClass[] | undefined {
    const text = this.model.attributes[LABEL_CLASSES_ATTRIBUTE];
    if (text !== undefined) this.#labelClasses ??= parseLabelClasses(text);
    return this.#labelClasses;
  }

  /**
   * Predictions for every row, row-major: [rowCount × groupCount] for "value" and "margin" (but one
   * class per row for "value" of multi:softmax), [rowCount] for "class" (× groupCount when a binary
   * objective has several outputs), [rowCount × trees] for "leaf".
   *
   * @example booster.predict(DMatrix.fromRows([[1, 2]]), { kind: "margin" })
   * @throws {CoppiceError} INVALID_DATA when the features are not the model's or a category is unknown;
   *   INVALID_PARAMETER for options that do not fit the model
   */
  predict(data: DMatrix, options: PredictorOptions = {}): Float32Array {
    checkNames("predict()", options, predictorOptionNames);
    const { kind = "value", rounds, strict = true } = options;
    const features = alignFeatures(this.model, data, strict);
    const trees = treeRange(this.model, rounds);
    const { objective, numClass } = this.model;
    switch (kind) {
      case "value":
        return this.#predict(data, features, trees, (margins, groupCount, count) =>
          transformMargins(objective.name, margins, groupCount, count),
        );
      case "margin":
        return this.#predict(data, features, trees, (margins) => margins);
      case "class":
        checkClassifier(objective.name);
        return this.#predict(data, features, trees, (margins, groupCount, count) =>
          numClass > 0
            ? applyOutput("argmax", margins, groupCount, count)
            : toBinaryClasses(objective.name, margins, groupCount, count),
        );
      case "leaf":
        return this.#predictLeaves(features, trees);
      default:
        throw new CoppiceError("INVALID_PARAMETER", `unknown kind of prediction ${showValue(kind)}`, {
          parameter: "kind",
        });
    }
  }

  /**
   * Predicts classes by the user's own labels; by their numbers when the model has no labels.
   *
   * @throws {CoppiceError} like `predict`; INVALID_PARAMETER when the model is not a classifier
   */
  predictLabels(data: DMatrix, options: Omit<PredictorOptions, "kind"> = {}): LabelClass[] {
    const { labelClasses } = this;
    const codes = this.predict(data, { ...options, kind: "class" });
    return Array.from(codes, (code) => labelClasses?.[code] ?? code);
  }

  /**
   * Predicts one row, for trees without allocating anything after the first call.
   *
   * @param row up to featureCount values, NaN where missing; categories as the model's codes
   * @param out receives groupCount values (one for "value" of multi:softmax)
   * @returns `out`
   * @throws {CoppiceError} INVALID_DATA when the row has more values than the model has features
   */
  predictRow(row: ArrayLike<number>, out: Float32Array, kind: "value" | "margin" = "value"): Float32Array {
    const { featureCount, groupCount, objective, linearWeights } = this.model;
    const { addToRow, base } = this.prepared;
    if (row.length > featureCount) throw tooManyFeatures(featureCount, row.length);
    if (this.#rowMargins.length === 0) this.#rowMargins = new Float32Array(groupCount);
    const margins = this.#rowMargins;
    for (let group = 0; group < groupCount; group++) margins[group] = base[group];
    if (linearWeights !== null) {
      const values = new Float32Array(featureCount).fill(NaN);
      values.set(row);
      const block = { values, rowCount: 1, width: featureCount };
      const layout = { margins, begin: 0, rowStride: groupCount, groupStride: 1 };
      addLinearMargins(linearWeights, featureCount, groupCount, block, layout);
    } else addToRow(row, margins);
    const result = kind === "margin" ? margins : transformMargins(objective.name, margins, groupCount, 1);
    for (let i = 0; i < result.length; i++) out[i] = result[i];
    return out;
  }

  /** The model prepared for prediction; made when first needed. */
  protected get prepared(): PreparedModel {
    this.#prepared ??= this.prepare();
    return this.#prepared;
  }

  /** Prepares the model with what every runtime has. */
  protected prepare(): PreparedModel {
    return prepareModel(this.model);
  }

  /** Margins through `finish`, which may shrink them to one value a row, written row-major. */
  #predict(
    data: DMatrix,
    features: Features,
    trees: readonly [number, number],
    finish: (margins: Float32Array, groupCount: number, count: number) => Float32Array,
  ): Float32Array {
    const { groupCount } = this.model;
    let output = new Float32Array(0);
    visitMargins(this.prepared, data, features, trees, (margins, begin, count) => {
      const values = finish(margins, groupCount, count);
      const width = values.length / count;
      if (output.length === 0) output = new Float32Array(data.rowCount * width);
      for (let column = 0; column < width; column++) {
        for (let i = 0; i < count; i++) output[(begin + i) * width + column] = values[column * count + i];
      }
    });
    return output;
  }

  #predictLeaves(features: Features, [treeBegin, treeEnd]: readonly [number, number]): Float32Array {
    if (this.model.linearWeights !== null) {
      throw new CoppiceError("INVALID_PARAMETER", 'a linear model (gblinear) has no leaves: `kind` "leaf"');
    }
    const { forest } = this.prepared;
    const width = treeEnd - treeBegin;
    const output = new Float32Array(features.rowCount * width);
    readBlocks(features, forest.width, (block, begin) => {
      writeLeafIds(forest, treeBegin, treeEnd, block, output.subarray(begin * width));
    });
    return output;
  }
}

function checkClassifier(objectiveName: string): void {
  if (!isClassifier(objectiveName)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`kind\` "class" needs a classifier, the model is of ${objectiveName}`,
      { parameter: "kind" },
    );
  }
}

/** 1 where it is likelier than 0. XGBoost parity: as in its metric "error". */
function toBinaryClasses(
  objectiveName: string,
  margins: Float32Array,
  groupCount: number,
  count: number,
): Float32Array {
  const values = transformMargins(objectiveName, margins, groupCount, count);
  const threshold = middleOf(objectiveName);
  for (let i = 0; i < values.length; i++) values[i] = values[i] > threshold ? 1 : 0;
  return values;
}

/** @throws {CoppiceError} INVALID_MODEL when the attribute is not a JSON list of texts and numbers */
function parseLabelClasses(text: string): readonly LabelClass[] {
  let classes: unknown;
  try {
    classes = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (Array.isArray(classes) && classes.every((label) => ["string", "number"].includes(typeof label))) {
    return classes;
  }
  throw new CoppiceError(
    "INVALID_MODEL",
    `model attribute \`${LABEL_CLASSES_ATTRIBUTE}\` must be a JSON list of strings and numbers, got ${showValue(text)}`,
    { field: `learner.attributes.${LABEL_CLASSES_ATTRIBUTE}` },
  );
}
