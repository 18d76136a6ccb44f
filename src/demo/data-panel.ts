// The first step of the page: which table, which of its columns is the label, which are features; and the
// tables that come of it, a fifth of the rows kept for validation.

import type { BrowserTrainer, RemoteTable } from "../browser/index.ts";
import { byId, html } from "./elements.ts";

export interface TrainingTables {
  readonly train: RemoteTable;
  readonly valid: RemoteTable;
  /** Names of the classes; undefined for a number. */
  readonly classNames: readonly string[] | undefined;
}

const SAMPLE_ROWS = 20_000;
const SAMPLE_VALID_ROWS = 5000;
const COVERS = [
  "Spruce/Fir",
  "Lodgepole Pine",
  "Ponderosa Pine",
  "Cottonwood",
  "Aspen",
  "Douglas-fir",
  "Krummholz",
];
/** A numeric label with so few whole values is taken for classes. */
const MAX_CLASSES = 30;

export class DataPanel {
  readonly #trainer: BrowserTrainer;
  #file: File | undefined;
  #isSample = false;
  #names: readonly string[] = [];
  readonly #onChoice: () => void;

  /** @param onChoice called when a table has been chosen */
  constructor(trainer: BrowserTrainer, onChoice: () => void, onError: (error: unknown) => void) {
    this.#trainer = trainer;
    this.#onChoice = onChoice;
    const drop = byId("drop");
    const take = (file: File | undefined) => void (file && this.#chooseFile(file).catch(onError));
    byId<HTMLInputElement>("file").addEventListener("change", ({ target }) =>
      take((target as HTMLInputElement).files?.[0]),
    );
    byId("sample").addEventListener("click", () => this.#chooseSample());
    for (const kind of ["dragover", "dragleave", "drop"] as const) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", kind === "dragover");
        if (kind === "drop") take(event.dataTransfer?.files[0]);
      });
    }
    byId("label").addEventListener("change", () => this.#listFeatures());
    byId("features").addEventListener("change", () => this.#countFeatures());
  }

  async #chooseFile(file: File): Promise<void> {
    const columns = await this.#trainer.columns(file);
    this.#names = columns.filter(({ kind }) => kind !== "other").map(({ name }) => name);
    this.#file = file;
    this.#isSample = false;
    byId("data-note").textContent = `${file.name}: ${this.#names.length} columns`;
    const label = byId<HTMLSelectElement>("label");
    label.replaceChildren(...this.#names.map((name) => html("option", { value: name }, name)));
    label.value = this.#names[this.#names.length - 1];
    byId("columns").hidden = false;
    this.#listFeatures();
    this.#onChoice();
  }

  #chooseSample(): void {
    this.#isSample = true;
    this.#file = undefined;
    const rows = SAMPLE_ROWS.toLocaleString("en");
    byId("data-note").textContent =
      `Forest cover: ${rows} synthetic rows with the 54 columns of the Covertype data.`;
    byId("columns").hidden = true;
    byId("features-box").hidden = true;
    this.#onChoice();
  }

  #listFeatures(): void {
    const label = byId<HTMLSelectElement>("label").value;
    const boxes = this.#names
      .filter((name) => name !== label)
      .map((name) => html("label", {}, html("input", { type: "checkbox", value: name, checked: "" }), name));
    byId("features").replaceChildren(...boxes);
    byId("features-box").hidden = false;
    this.#countFeatures();
  }

  #checked(): string[] {
    const boxes = byId("features").querySelectorAll<HTMLInputElement>("input:checked");
    return Array.from(boxes, ({ value }) => value);
  }

  #countFeatures(): void {
    byId("feature-count").textContent = `(${this.#checked().length} of ${this.#names.length - 1})`;
  }

  /** Reads what was chosen. @throws {CoppiceError} as the readers do */
  async read(): Promise<TrainingTables> {
    if (this.#isSample) return this.#readSample();
    const label = byId<HTMLSelectElement>("label").value;
    const options = { label, features: this.#checked(), validFraction: 0.2, seed: 1 };
    const task = byId<HTMLSelectElement>("task").value;
    if (task !== "class") {
      const asNumber = { ...options, labelKind: "number" as const };
      const tables = await this.#trainer.readTableSplit(this.#file!, asNumber).catch((error: unknown) => {
        // Text is no number, so it is classes.
        if (task === "number") throw error;
      });
      if (tables && (task === "number" || !looksLikeClasses(tables.train.label!))) {
        return { ...tables, classNames: undefined };
      }
      tables?.train.close();
      tables?.valid.close();
    }
    const tables = await this.#trainer.readTableSplit(this.#file!, { ...options, labelKind: "class" });
    return { ...tables, classNames: tables.train.labelClasses?.map(String) };
  }

  async #readSample(): Promise<TrainingTables> {
    const train = await this.#trainer.forestCover({ rows: SAMPLE_ROWS, seed: 1 });
    const valid = await this.#trainer.forestCover({ rows: SAMPLE_VALID_ROWS, seed: 1, begin: SAMPLE_ROWS });
    return { train, valid, classNames: COVERS };
  }
}

function looksLikeClasses(label: Float32Array): boolean {
  const values = new Set<number>();
  for (const value of label) {
    values.add(value);
    if (!Number.isInteger(value) || values.size > MAX_CLASSES) return false;
  }
  return true;
}
