// The options that formats read a table by; which format it is, is said beside them (read-options.ts).

import type { Declarations, ValuesOf } from "../../core/declaration.ts";
import { type TableOptions, tableOptions } from "../table/roles.ts";
import { type CsvOptions, csvOptions } from "../text/csv.ts";

const ownOptions = {
  /** For libsvm: by default one more than the largest index, or the number of `features`. */
  featureCount: { type: "integer", minimum: 0 },
} as const satisfies Declarations;

export const formatOptions = {
  ...csvOptions,
  ...tableOptions,
  ...ownOptions,
} as const satisfies Declarations;

export interface FormatOptions extends TableOptions, CsvOptions, ValuesOf<typeof ownOptions> {}
