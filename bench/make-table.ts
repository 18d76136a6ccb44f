// Makes a table in a process of its own: `node bench/make-table.ts SPEC PATH`, the spec as JSON. A path
// that ends in .csv gets the training rows as text, any other all rows as table.ts says.

import { writeTable } from "./table.ts";
import { writeCsv } from "./tables/csv.ts";
import { makeTable, type TableSpec } from "./tables/spec.ts";

const [, , spec, path] = process.argv;
const table = makeTable(JSON.parse(spec) as TableSpec);
if (path.endsWith(".csv")) writeCsv(path, table);
else writeTable(path, table);
