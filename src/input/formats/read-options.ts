// The options of reading a table in any format.

import type { Declarations, ValuesOf } from "../../core/declaration.ts";
import { splitOptions } from "../sink/table-dmatrix.ts";
import { type FormatOptions, formatOptions } from "./format-options.ts";
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

export const readTableOptions = { ...ownOptions, ...formatOptions } as const satisfies Declarations;

export interface ReadTableOptions extends FormatOptions, ValuesOf<typeof ownOptions> {}

export const readTableSplitOptions = { ...readTableOptions, ...splitOptions } as const satisfies Declarations;
