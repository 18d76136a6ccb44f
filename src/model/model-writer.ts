// Writes a model file, JSON or UBJSON: by default the bytes that XGBoost 3.4.1 writes, on request a
// file that older readers understand.

import { CoppiceError, showValue } from "../core/errors.ts";
import { leafTree } from "../tree/tree.ts";
import type { DocumentObject, DocumentValue } from "./format/document.ts";
import { Float32Scalar } from "./format/document.ts";
import { formatFloat32 } from "./format/float-text.ts";
import { writeJson } from "./format/json-writer.ts";
import { writeUbjson } from "./format/ubjson-writer.ts";
import type { Model, ModelObjective } from "./model.ts";
import { encodeModel, type WrittenTrees } from "./model-encoder.ts";
import type { ModelFormat } from "./model-reader.ts";

export interface ModelWriterOptions {
  /**
   * Who will read the file. "xgboost-3.4" (the default) is byte for byte what XGBoost 3.4.1 writes;
   * XGBoost before 3.1 reads such a file without complaint and takes 0.5 for its base score.
   * "xgboost-1.7" is understood alike by every version from 1.7 on: the base score is one number
   * (where the groups differ, a round of constant trees in front carries them, so rounds count one
   * more), dart has its old layout, and dictionaries of category names are left out.
   */
  compatibility?: "xgboost-3.4" | "xgboost-1.7" | undefined;
  /** Keeps the trees' bytes from one writing of a growing model to the next; for "ubj" alone. */
  written?: WrittenTrees | undefined;
}

/**
 * A model as the bytes of a file.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown format; UNSUPPORTED when the older format
 *   cannot hold the model
 */
export function writeModel(
  model: Model,
  format: ModelFormat = "json",
  options: ModelWriterOptions = {},
): Uint8Array {
  if (format !== "json" && format !== "ubj") {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`format\` must be "json" or "ubj", got ${showValue(format)}`,
    );
  }
  const { compatibility = "xgboost-3.4", written } = options;
  if (compatibility !== "xgboost-3.4" && compatibility !== "xgboost-1.7") {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`compatibility\` must be "xgboost-3.4" or "xgboost-1.7", got ${showValue(compatibility)}`,
    );
  }
  if (written && format === "ubj" && compatibility === "xgboost-3.4") {
    return writeUbjson(encodeModel(model, written));
  }
  const document = compatibility === "xgboost-1.7" ? encodeForOldReaders(model) : encodeModel(model);
  return format === "json" ? writeJson(document) : writeUbjson(document);
}

/** Parameter objects that older readers insist on and 3.4 no longer writes, by objective. */
const OLD_PARAMETERS: Readonly<Record<string, ModelObjective["parameters"]>> = {
  "reg:squaredlogerror": { reg_loss_param: { scale_pos_weight: "1" } },
  "rank:ndcg": { lambda_rank_param: { fix_list_weight: "0", num_pairsample: "1" } },
  "rank:map": { lambda_rank_param: { fix_list_weight: "0", num_pairsample: "1" } },
  "rank:pairwise": { lambda_rank_param: { fix_list_weight: "0", num_pairsample: "1" } },
};

function encodeForOldReaders(model: Model): DocumentObject {
  const plain = withOneBaseScore(model);
  const { objective } = plain;
  const parameters = { ...OLD_PARAMETERS[objective.name], ...objective.parameters };
  const document = encodeModel({ ...plain, categories: [], objective: { ...objective, parameters } });
  const learner = document.get("learner") as DocumentObject;
  const head = new Map(learner.get("learner_model_param") as DocumentObject);
  head.set("base_score", formatFloat32(plain.baseScore[0]));
  const booster = learner.get("gradient_booster") as DocumentObject;
  const older = new Map(learner)
    .set("learner_model_param", head)
    .set("gradient_booster", plain.treeWeights ? wrapDart(booster, plain.treeWeights) : booster);
  return new Map(document).set("learner", older);
}

/** dart as until XGBoost 3.2: a gbtree inside, the weights beside it. */
function wrapDart(booster: DocumentObject, treeWeights: Float32Array): DocumentObject {
  const model = new Map(booster.get("model") as DocumentObject);
  model.delete("weight_drop");
  return new Map<string, DocumentValue>([
    [
      "gbtree",
      new Map<string, DocumentValue>([
        ["model", model],
        ["name", "gbtree"],
      ]),
    ],
    ["name", "dart"],
    ["weight_drop", Array.from(treeWeights, (weight) => new Float32Scalar(weight))],
  ]);
}

/**
 * The same model with one base score for all groups. Adding to zero is exact, so constant trees in
 * front leave every margin as it is, bit for bit.
 */
function withOneBaseScore(model: Model): Model {
  const { baseScore, groupCount } = model;
  // XGBoost parity: a linear model starts every group from the base of the first.
  if (model.linearWeights || baseScore.every((score) => score === baseScore[0])) return model;
  if (model.numClass === 0) {
    throw new CoppiceError(
      "UNSUPPORTED",
      `XGBoost before 3.1 has one base score, and this model of ${model.objective.name} has ${groupCount} different ones`,
    );
  }
  const { best_iteration, ...attributes } = model.attributes;
  const perGroup = model.numParallelTree;
  const front = Array.from({ length: groupCount * perGroup }, (_, i) =>
    // A round has numParallelTree trees per group: the first carries the score.
    leafTree(i % perGroup === 0 ? baseScore[Math.floor(i / perGroup)] : 0),
  );
  return {
    ...model,
    baseScore: new Float32Array(1),
    trees: [...front, ...model.trees],
    treeGroup: Int32Array.from([...front.map((_, i) => Math.floor(i / perGroup)), ...model.treeGroup]),
    roundOffsets: Uint32Array.from([0, ...model.roundOffsets.map((offset) => offset + front.length)]),
    treeWeights: model.treeWeights && Float32Array.from([...front.map(() => 1), ...model.treeWeights]),
    attributes:
      best_iteration === undefined
        ? attributes
        : { ...attributes, best_iteration: String(Number(best_iteration) + 1) },
  };
}
