// Twenty runs of the storm, see storm.ts. COPPICE_STORM_SEED takes another course; `npm run storm` runs 200.

import { expect, test } from "vitest";
import { runStorm } from "./storm.ts";

const seed = Number(process.env.COPPICE_STORM_SEED ?? 20261124);

test(`whatever is struck, whenever: a run ends with the same bytes and leaves nothing behind (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const lines: string[] = [];
  const problems = await runStorm({ runs: 20, seed, report: (line) => lines.push(line) });
  expect(problems, lines.join("\n")).toEqual([]);
});
