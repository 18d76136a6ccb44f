// Collects the rounds of a training into a Model.

import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Model } from "../model/model.ts";
import type { Objective } from "../objective/objective.ts";
import { checkBaseScore } from "../objective/transform.ts";
import type { Tree } from "../tree/tree.ts";
import type { Booster } from "./booster.ts";
import { labelsOf } from "./evaluation.ts";
import type { ResolvedParameters } from "./parameters.ts";

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
    if (initial !== undefined) checkInitialModel(initial.model, objective, data);
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
      featureNames: data.featureNames ?? [],
      featureTypes: data.featureTypes ?? [],
      categories: data.categories ?? [],
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

function checkInitialModel(model: Model, objective: Objective, data: DMatrix): void {
  const differ = (what: string, ours: unknown, theirs: unknown) =>
    new CoppiceError(
      "INVALID_PARAMETER",
      `the initial model has ${what} ${theirs}, this training has ${ours}`,
      {
        parameter: "initialModel",
      },
    );
  if (model.treeWeights !== null || model.linearWeights !== null) {
    throw new CoppiceError(
      "UNSUPPORTED",
      "training can only continue from a gbtree model, not from dart or gblinear",
    );
  }
  if (model.objective.name !== objective.name)
    throw differ("objective", objective.name, model.objective.name);
  if (model.groupCount !== objective.groupCount)
    throw differ("outputs", objective.groupCount, model.groupCount);
  if (model.featureCount !== data.featureCount)
    throw differ("features", data.featureCount, model.featureCount);
}
