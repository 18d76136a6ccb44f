#!/usr/bin/env node
// The command `coppice`. Looks at the version of Node before anything else is loaded.

import { refuseOldNode } from "./node-version.ts";

const refusal = refuseOldNode(process.versions.node);
if (refusal === undefined) await import("./start.ts");
else {
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
}
