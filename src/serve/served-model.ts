// One version of a model as it is served: the booster, what its inputs and outputs are called, and the
// monitor of what it is asked. Immutable but for the monitor; a reload makes a new one.

import { Booster } from "../booster/booster.ts";
import { profileOf } from "../booster/training-profile.ts";
import type { LabelClass } from "../data/dmatrix.ts";
import { isClassifier } from "../objective/task.ts";
import { DriftMonitor, type DriftReport } from "./drift/drift-monitor.ts";

/** What a request may ask for, see `computeOutput`. */
export const outputKinds = ["predict", "probability", "margin", "class", "leaf", "contributions"] as const;
export type OutputKind = (typeof outputKinds)[number];

let serial = 0;

export class ServedModel {
  readonly name: string;
  readonly version: string;
  readonly booster: Booster;
  /** Unlike that of any other served model of this process. */
  readonly key: string;
  readonly monitor: DriftMonitor;
  readonly featureNames: readonly string[];
  readonly featureIndex: ReadonlyMap<string, number>;
  #probabilities: Booster | undefined;
  readonly #codes = new Map<number, ReadonlyMap<string | number, number>>();

  /** @throws {CoppiceError} INVALID_MODEL or UNSUPPORTED when the model cannot predict */
  constructor(name: string, version: string, booster: Booster, driftWindowRows = 1000) {
    this.name = name;
    this.version = version;
    this.booster = booster;
    this.key = `${name}/${version}#${++serial}`;
    this.featureNames = booster.featureNames;
    this.featureIndex = new Map(this.featureNames.map((feature, f) => [feature, f]));
    this.monitor = new DriftMonitor(profileOf(booster.model.attributes), driftWindowRows);
    // What is wrong with a model shows when it is loaded, not when it is first asked.
    booster.predictRow([], new Float32Array(Math.max(1, booster.model.groupCount)));
    void booster.labelClasses;
  }

  get isClassifier(): boolean {
    return isClassifier(this.booster.model.objective.name);
  }

  /** Number of values that `predict` gives for a row. */
  get predictWidth(): number {
    const { objective, groupCount } = this.booster.model;
    return objective.name === "multi:softmax" ? 1 : groupCount;
  }

  /** The names of the values of `predict`, of one row. */
  get predictionNames(): readonly string[] {
    if (this.predictWidth === 1) return ["predict"];
    return Array.from({ length: this.predictWidth }, (_, i) => `predict[${this.#className(i)}]`);
  }

  #className(code: number): LabelClass {
    return this.booster.labelClasses?.[code] ?? code;
  }

  /** The outputs that this model has. */
  get outputKinds(): readonly OutputKind[] {
    const isLinear = this.booster.model.linearWeights !== null;
    const hasProbabilities = /^(multi:soft|binary:logistic)/.test(this.booster.model.objective.name);
    return outputKinds.filter((kind) => {
      if (kind === "class") return this.isClassifier;
      if (kind === "probability") return hasProbabilities;
      return kind !== "leaf" || !isLinear;
    });
  }

  /** A booster whose values are probabilities: itself, but for multi:softmax, whose values are classes. */
  get probabilities(): Booster {
    const { model } = this.booster;
    const { name } = model.objective;
    if (name !== "multi:softmax") return this.booster;
    this.#probabilities ??= new Booster({
      ...model,
      objective: { ...model.objective, name: "multi:softprob" },
    });
    return this.#probabilities;
  }

  /** The code of each category of feature f; undefined when it has no dictionary. */
  codesOf(f: number): ReadonlyMap<string | number, number> | undefined {
    const names = this.booster.model.categories[f];
    if (!names) return undefined;
    let codes = this.#codes.get(f);
    if (codes === undefined) {
      codes = new Map([...names.entries()].map(([code, name]) => [name, code]));
      this.#codes.set(f, codes);
    }
    return codes;
  }

  /** Whether feature f is a category that is named by a text. */
  isTextual(f: number): boolean {
    return typeof this.booster.model.categories[f]?.[0] === "string";
  }

  report(): DriftReport {
    return this.monitor.report(this.featureNames, this.predictionNames);
  }
}
