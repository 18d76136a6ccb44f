// A trained model with everything that can be asked of it: predictions, their explanation, the
// importance of features, parts of itself, and its file.

import { CoppiceError, showValue } from "../core/errors.ts";
import { checkOptionNames } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { type DumpFormat, type DumpOptions, dumpModel } from "../model/dump.ts";
import { type ModelFormat, readModel } from "../model/model-reader.ts";
import { type ModelWriterOptions, writeModel } from "../model/model-writer.ts";
import { alignFeatures } from "./align.ts";
import { type ContributionKind, computeContributions } from "./contributions.ts";
import { fastKernels } from "./fast-kernels.ts";
import { computeImportance, type ImportanceKind } from "./importance.ts";
import { type PreparedModel, prepareModel, treeRange } from "./margins.ts";
import { Predictor, type PredictorKind, type PredictorOptions, predictorOptionNames } from "./predictor.ts";

/** What is predicted: see PredictorKind and ContributionKind. */
export type PredictionKind = PredictorKind | ContributionKind;

export type PredictOptions = PredictorOptions<PredictionKind>;

const contributionKinds: readonly string[] = [
  "contributions",
  "approximateContributions",
  "interactions",
] satisfies ContributionKind[];

/** A model of gradient-boosted trees (or a linear one): trained here, or read from an XGBoost file. */
export class Booster extends Predictor {
  /** With the fastest kernels. */
  protected override prepare(): PreparedModel {
    return prepareModel(this.model, fastKernels);
  }

  /**
   * Predictions for every row, row-major: see `Predictor.predict`. Further kinds say what each feature
   * adds to the margin: "contributions" and "approximateContributions" are
   * [rowCount × groupCount × (featureCount + 1)], the bias last; "interactions" are
   * [rowCount × groupCount × (featureCount + 1) × (featureCount + 1)].
   *
   * @throws {CoppiceError} INVALID_DATA when the features are not the model's or a category is unknown;
   *   INVALID_PARAMETER for options that do not fit the model
   */
  override predict(data: DMatrix, options: PredictOptions = {}): Float32Array {
    checkOptionNames("predict()", options, predictorOptionNames);
    const { kind = "value", rounds, strict = true } = options;
    if (!contributionKinds.includes(kind)) return super.predict(data, options as PredictorOptions);
    const features = alignFeatures(this.model, data, strict);
    const trees = treeRange(this.model, rounds);
    return computeContributions(this.prepared, data, features, trees, kind as ContributionKind);
  }

  /**
   * The importance of each feature that the model uses, by name (f0, f1, .. where it has no names).
   *
   * @throws {CoppiceError} INVALID_PARAMETER for an unknown kind, or one that gblinear does not have
   */
  importance(kind: ImportanceKind = "weight"): Record<string, number> {
    const names = this.featureNames;
    return Object.fromEntries(
      [...computeImportance(this.model, kind)].map(([f, value]) => [names[f], value]),
    );
  }

  /**
   * A booster of the rounds [beginRound, endRound) alone; the note of the best round is left out.
   *
   * @throws {CoppiceError} INVALID_PARAMETER when the model does not have these rounds
   */
  slice(beginRound: number, endRound: number = this.roundCount): Booster {
    const { model } = this;
    if (model.linearWeights !== null) {
      throw new CoppiceError("UNSUPPORTED", "a linear model (gblinear) has no rounds to slice");
    }
    const [begin, end] = treeRange(model, [beginRound, endRound]);
    if (begin === end) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `a slice must have at least one round, got ${showValue([beginRound, endRound])}`,
      );
    }
    const { best_iteration: _, best_score: __, ...attributes } = model.attributes;
    return new Booster({
      ...model,
      trees: model.trees.slice(begin, end),
      treeGroup: model.treeGroup.slice(begin, end),
      roundOffsets: model.roundOffsets.slice(beginRound, endRound + 1).map((offset) => offset - begin),
      treeWeights: model.treeWeights?.slice(begin, end) ?? null,
      attributes,
    });
  }

  /** The same model with other attributes; a value of undefined removes one. */
  withAttributes(changes: Readonly<Record<string, string | undefined>>): Booster {
    const entries = Object.entries({ ...this.model.attributes, ...changes });
    const attributes = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    return new Booster({ ...this.model, attributes: attributes as Record<string, string> });
  }

  /**
   * The model as the bytes of a file, by default the very bytes that XGBoost 3.4.1 writes.
   *
   * @throws {CoppiceError} UNSUPPORTED when the wanted older format cannot hold the model
   */
  toBytes(format: ModelFormat = "json", options: ModelWriterOptions = {}): Uint8Array {
    return writeModel(this.model, format, options);
  }

  /**
   * The trees as text, one string each, like XGBoost's get_dump.
   *
   * @throws {CoppiceError} INVALID_PARAMETER for an unknown format
   */
  dump(format: DumpFormat = "text", options: DumpOptions = {}): string[] {
    return dumpModel(this.model, format, options);
  }
}

/**
 * A model from the bytes of a file that XGBoost 1.7 to 3.x or coppice wrote, JSON or UBJSON.
 *
 * @param source the bytes, or the text of a JSON file
 * @example loadModel(await readFile("model.json"))
 * @throws {CoppiceError} INVALID_MODEL with the byte offset or the field when the file is cut off or
 *   altered; UNSUPPORTED for trees with vector leaves
 */
export function loadModel(source: Uint8Array | string): Booster {
  return new Booster(readModel(source));
}
