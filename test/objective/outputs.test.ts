import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generateOutputsFile } from "../../scripts/build-outputs.ts";
import { rootFolder } from "../require.ts";

test("what prediction knows of each objective is what its file says (npm run build:outputs)", async () => {
  const checkedIn = await readFile(`${rootFolder}src/objective/outputs.ts`, "utf8");
  expect(generateOutputsFile()).toBe(checkedIn);
});
