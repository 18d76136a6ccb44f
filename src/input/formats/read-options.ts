// The options of reading a table in any format.

import type { TableOptions } from "../table/roles.ts";
import type { CsvOptions } from "../text/csv.ts";
import type { TableFormat } from "./registry.ts";

export interface ReadTableOptions extends TableOptions, CsvOptions {
  /** By default told from the file. */
  format?: TableFormat | undefined;
  /** For libsvm: by default one more than the largest index, or the number of `features`. */
  featureCount?: number | undefined;
}
