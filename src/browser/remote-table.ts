// A table that a trainer's worker holds, as the page sees it: what it is called and how large it is, and
// its labels; the features stay in the worker.

import type { DMatrix } from "../data/dmatrix.ts";
import type { TableDescription } from "./trainer-service.ts";

export class RemoteTable {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly featureNames: readonly string[] | undefined;
  readonly featureTypes: DMatrix["featureTypes"];
  readonly categories: DMatrix["categories"];
  readonly labelClasses: DMatrix["labelClasses"];
  readonly label: Float32Array | undefined;
  /** Its number in the worker. */
  readonly id: number;
  readonly #drop: () => void;

  /** Made by a BrowserTrainer. */
  constructor(description: TableDescription, drop: () => void) {
    this.id = description.id;
    this.rowCount = description.rowCount;
    this.featureCount = description.featureCount;
    this.featureNames = description.featureNames;
    this.featureTypes = description.featureTypes;
    this.categories = description.categories;
    this.labelClasses = description.labelClasses;
    this.label = description.label;
    this.#drop = drop;
  }

  /** Gives its memory back; it cannot be used any more. */
  close(): void {
    this.#drop();
  }
}
