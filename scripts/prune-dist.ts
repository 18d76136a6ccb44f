// Removes from dist what no source file stands for any more, so that a renamed or deleted module does
// not stay in the package. Runs after tsc; leaves everything else in place.

import { existsSync, globSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const emitted = /(\.d\.ts|\.js)(\.map)?$/;

for (const file of globSync("dist/**/*", { cwd: root })) {
  if (!emitted.test(file)) continue;
  const source = file.replace(/^dist/, "src").replace(emitted, ".ts");
  if (!existsSync(`${root}${source}`)) rmSync(`${root}${file}`);
}
