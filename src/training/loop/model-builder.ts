// Collects the rounds of a training into a Model.

import type { Booster } from "../../booster/booster.ts";
import type { Collective } from "../../core/collective.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import type { DMatrix, FeatureType } from "../../data/dmatrix.ts";
import type { Model } from "../../model/model.ts";
import type { Objective } from "../../objective/objective.ts";
import { checkBaseScore } from "../../objective/transform.ts";
import type { Tree } from "../../tree/tree.ts";
import { labelsOf } from "../evaluation.ts";
import type { ResolvedParameters } from "../parameters.ts";

export class ModelBuilder {
  readonly baseScore: Float32Array;
  readonly #head: Omit<Model, "trees" | "treeGroup" | "roundOffsets" | "attributes">;
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #trees: Tree[] = [];
  readonly #treeGroup: number[] = [];
  readonly #roundOffsets: number[] = [0];

  private constructor(
    head: Omit<Model, "trees" | "treeGroup" | "roundOffsets" | "attributes">,
    attributes: Readonly<Record<string, string>>,
  ) {
    this.#head = head;
    this.#attributes = attributes;
    this.baseScore = head.baseScore;
  }

  /**
   * Settles everything but the trees, the base score among it.
   *
   * @throws {CoppiceError} INVALID_PARAMETER when the initial model does not fit the parameters or the table
   */
  static async start(
    parameters: ResolvedParameters,
    objective: Objective,
    data: DMatrix,
    initial: Booster | undefined,
    collective: Collective,
  ): Promise<ModelBuilder> {
    const { groupCount } = objective;
    if (initial !== undefined) checkInitialModel(initial, objective, data);
    const given = parameters.baseScore;
    if (given !== undefined && given.length !== 1 && given.length !== groupCount) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `\`baseScore\` must have 1 or ${groupCount} values, got ${given.length}`,
        { parameter: "baseScore" },
      );
    }
    if (given !== undefined) checkBaseScore(objective.name, given);
    const baseScore =
      initial?.model.baseScore ?? given ?? (await objective.estimateBaseScore(labelsOf(data), collective));
    const head = {
      featureCount: data.featureCount,
      featureNames: data.featureNames ?? initial?.model.featureNames ?? [],
      featureTypes: data.featureTypes ?? initial?.model.featureTypes ?? [],
      categories: data.categories ?? initial?.model.categories ?? [],
      objective: { name: objective.name, parameters: objective.modelParameters },
      groupCount,
      numClass: objective.numClass,
      baseScore,
      boostFromAverage: initial?.model.boostFromAverage ?? given === undefined,
      numParallelTree: parameters.tree.numParallelTree,
      treeWeights: null,
      linearWeights: null,
    };
    const classes = data.labelClasses;
    const builder = new ModelBuilder(head, {
      ...initial?.model.attributes,
      ...(classes ? { coppice_label_classes: JSON.stringify(classes) } : {}),
    });
    if (initial !== undefined) builder.#copyRounds(initial.model);
    return builder;
  }

  get roundCount(): number {
    return this.#roundOffsets.length - 1;
  }

  /**
   * Appends the trees of a round.
   *
   * @param trees group by group, in a group numParallelTree of them
   * @returns the group of each of them
   */
  addRound(trees: readonly Tree[]): Int32Array {
    const { numParallelTree } = this.#head;
    const treeGroup = Int32Array.from(trees, (_, i) => Math.floor(i / numParallelTree));
    this.#trees.push(...trees);
    this.#treeGroup.push(...treeGroup);
    this.#roundOffsets.push(this.#trees.length);
    return treeGroup;
  }

  /** The model as it stands; later rounds do not change it. */
  build(attributes: Readonly<Record<string, string>> = {}): Model {
    return {
      ...this.#head,
      trees: this.#trees.slice(),
      treeGroup: Int32Array.from(this.#treeGroup),
      roundOffsets: Uint32Array.from(this.#roundOffsets),
      attributes: { ...this.#attributes, ...attributes },
    };
  }

  #copyRounds(model: Model): void {
    this.#trees.push(...model.trees);
    this.#treeGroup.push(...model.treeGroup);
    this.#roundOffsets.push(...model.roundOffsets.slice(1));
  }
}

/** The trees to come must mean the same by a feature, a category and a class as those that are there. */
function checkInitialModel({ model, labelClasses }: Booster, objective: Objective, data: DMatrix): void {
  if (model.treeWeights !== null || model.linearWeights !== null) {
    throw new CoppiceError(
      "UNSUPPORTED",
      "training can only continue from a gbtree model, not from dart or gblinear",
    );
  }
  checkEqual("objective", objective.name, model.objective.name);
  checkEqual("outputs", objective.groupCount, model.groupCount);
  checkEqual("features", data.featureCount, model.featureCount);
  if (model.featureNames.length > 0) checkEqual("feature names", data.featureNames, model.featureNames);
  for (let f = 0; f < data.featureCount; f++) {
    const kindIn = (types: readonly FeatureType[] | undefined) =>
      types?.[f] === "c" ? "categories" : "numbers";
    checkEqual(`feature ${f} as`, kindIn(data.featureTypes), kindIn(model.featureTypes));
    checkEqual(`categories of feature ${f}`, data.categories?.[f], model.categories[f] ?? undefined);
  }
  checkEqual("label classes", data.labelClasses, labelClasses);
}

/** @param ours undefined when the table does not say, which any model fits; `theirs` likewise */
function checkEqual(what: string, ours: unknown, theirs: unknown): void {
  if (ours === undefined || ours === null || theirs === undefined) return;
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the initial model has ${what} ${showValue(theirs)}, this training has ${showValue(ours)}`,
    { parameter: "initialModel" },
  );
}
