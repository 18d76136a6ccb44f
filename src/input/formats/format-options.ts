// The options that formats read a table by; which format it is, is said beside them (read-options.ts).

import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { tableOptions } from "../table/roles.ts";
import { csvOptions } from "../text/csv.ts";

const ownOptions = {
  /** For libsvm: by default one more than the largest index, or the number of `features`. */
  featureCount: { type: "integer", minimum: 0 },
} as const satisfies Declarations;

export const formatOptions: Joined<Joined<typeof ownOptions, typeof csvOptions>, typeof tableOptions> = {
  ...ownOptions,
  ...csvOptions,
  ...tableOptions,
};

export interface FormatOptions extends ValuesOf<typeof formatOptions> {}
