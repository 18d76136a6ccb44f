// What the page shows of a model: its curve while it grows; then how good it is on the validation rows, what
// it uses, why a row is predicted as it is, and its trees.

import type { Booster, BrowserTrainer, RemoteTable, RoundEvent } from "../browser/index.ts";
import { type Bar, confusionTable, drawBars, drawCurve, drawResiduals } from "./charts.ts";
import type { TrainingTables } from "./data-panel.ts";
import { byId, html, shorten, show } from "./elements.ts";
import { drawTree } from "./tree-drawing.ts";

const SHOWN_FEATURES = 15;
const SHOWN_REASONS = 10;

export class Results {
  readonly #trainer: BrowserTrainer;
  #booster: Booster | undefined;
  #tables: TrainingTables | undefined;
  #history = new Map<string, number[]>();
  #isDrawing = false;

  constructor(trainer: BrowserTrainer, onError: (error: unknown) => void) {
    this.#trainer = trainer;
    for (const id of ["tree", "levels"]) byId(id).addEventListener("change", () => this.#showTree());
    byId("row").addEventListener("change", () => void this.#showRow().catch(onError));
  }

  /** Begins the curve of a new training. */
  begin(): void {
    this.#history = new Map();
    for (const id of ["quality", "importance", "row", "tree"]) byId(`${id}-panel`).hidden = true;
  }

  /** Adds a round to the curve; drawn once a frame however fast rounds come. */
  addRound({ metrics, totalRounds }: RoundEvent): void {
    for (const [key, value] of Object.entries(metrics)) {
      const values = this.#history.get(key) ?? [];
      values.push(value);
      this.#history.set(key, values);
    }
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      const series = [...this.#history].map(([key, values]) => ({ name: key.split("-")[0], values }));
      const metric = [...this.#history.keys()][0]?.split("-").slice(1).join("-") ?? "";
      byId("curve-panel").hidden = false;
      byId("curve").replaceChildren(drawCurve(metric, series, totalRounds));
    });
  }

  /** Shows a finished model; without tables only what it says by itself. */
  async show(booster: Booster, tables: TrainingTables | undefined): Promise<void> {
    this.#booster = booster;
    this.#tables = tables;
    this.#showImportance();
    byId("tree-panel").hidden = booster.model.trees.length === 0;
    byId<HTMLInputElement>("tree").max = String(booster.model.trees.length - 1);
    this.#showTree();
    byId("quality-panel").hidden = tables === undefined;
    byId("row-panel").hidden = tables === undefined;
    if (tables === undefined) return;
    await this.#showQuality(booster, tables);
    await this.#showRow();
  }

  #showImportance(): void {
    const { importance, panel } = { importance: this.#booster!.importance("totalGain"), panel: "importance" };
    const bars = Object.entries(importance).map(([name, value]) => ({ name, value }));
    bars.sort((a, b) => b.value - a.value);
    byId(`${panel}-panel`).hidden = bars.length === 0;
    const used = html(
      "p",
      { class: "note" },
      `Total gain of the splits on each feature; ${bars.length} are used.`,
    );
    byId(panel).replaceChildren(drawBars("Feature importance", bars.slice(0, SHOWN_FEATURES)), used);
  }

  async #showQuality(booster: Booster, { valid, classNames }: TrainingTables): Promise<void> {
    const label = valid.label!;
    byId("quality-title").textContent = classNames ? "Confusion matrix" : "Predicted and true values";
    // A large matrix takes the whole width, and leaves the row's explanation alone on its line.
    for (const id of ["quality-panel", "row-panel"]) {
      byId(id).classList.toggle("wide", (classNames?.length ?? 0) > 4);
    }
    if (classNames === undefined) {
      byId("quality").replaceChildren(drawResiduals(label, await this.#trainer.predict(booster, valid)));
      return;
    }
    const codes = await this.#trainer.predict(booster, valid, { kind: "class" });
    const counts = new Float64Array(classNames.length ** 2);
    for (let row = 0; row < codes.length; row++) counts[label[row] * classNames.length + codes[row]]++;
    byId("quality").replaceChildren(confusionTable(classNames, counts));
  }

  async #showRow(): Promise<void> {
    if (this.#booster === undefined || this.#tables === undefined) return;
    const { valid, classNames } = this.#tables;
    const input = byId<HTMLInputElement>("row");
    input.max = String(valid.rowCount - 1);
    const row = Math.min(Math.max(0, Math.trunc(Number(input.value)) || 0), valid.rowCount - 1);
    const data = await this.#trainer.readRows(valid, [row]);
    const contributions = await this.#trainer.predict(this.#booster, data, { kind: "contributions" });
    const groups = this.#booster.model.groupCount;
    const values = await this.#trainer.predict(this.#booster, data, classNames ? { kind: "class" } : {});
    const group = groups > 1 ? values[0] : 0;
    const width = valid.featureCount + 1;
    const own = contributions.subarray(group * width, (group + 1) * width);
    const features = data.features.readRows(0, 1, new Float32Array(valid.featureCount));
    const names = this.#booster.featureNames;
    const bars: Bar[] = names.map((name, f) => ({
      name: `${shorten(name, 16)} = ${describeValue(valid, f, features[f])}`,
      value: own[f],
    }));
    bars.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const name = (code: number) => classNames?.[code] ?? show(code);
    const text = `Row ${row}: predicted ${name(values[0])}, in truth ${name(valid.label![row])}. Each bar is what a value adds to the margin${groups > 1 ? ` of ${name(group)}` : ""} (SHAP), from a base of ${show(own[width - 1])}.`;
    byId("row-explanation").replaceChildren(
      html("p", { class: "note" }, text),
      drawBars(`What moved row ${row}`, bars.slice(0, SHOWN_REASONS)),
    );
  }

  #showTree(): void {
    const booster = this.#booster;
    if (booster === undefined || booster.model.trees.length === 0) return;
    const number = (id: string, most: number) =>
      Math.min(Math.max(0, Math.trunc(Number(byId<HTMLInputElement>(id).value)) || 0), most);
    const picture = drawTree(booster, number("tree", booster.model.trees.length - 1), number("levels", 8));
    byId("tree-drawing").replaceChildren(picture);
    // The root stands in the middle.
    picture.scrollLeft = (picture.scrollWidth - picture.clientWidth) / 2;
  }
}

function describeValue(table: RemoteTable, feature: number, value: number): string {
  const names = table.categories?.[feature];
  return names && !Number.isNaN(value) ? String(names[value]) : show(value);
}
