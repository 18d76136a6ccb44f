// The options of reading a table in any format.

import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { splitOptions } from "../sink/table-dmatrix.ts";
import { formatOptions } from "./format-options.ts";
import { tableFormats } from "./registry.ts";

const ownOptions = {
  /** By default told from the file. */
  format: {
    type: "string",
    choices: tableFormats,
    flag: "<name>",
    doc: "of the table (default: by the file's name)",
  },
} as const satisfies Declarations;

export const readTableOptions: Joined<typeof ownOptions, typeof formatOptions> = {
  ...ownOptions,
  ...formatOptions,
};

export interface ReadTableOptions extends ValuesOf<typeof readTableOptions> {}

export const readTableSplitOptions: Joined<typeof readTableOptions, typeof splitOptions> = {
  ...readTableOptions,
  ...splitOptions,
};
