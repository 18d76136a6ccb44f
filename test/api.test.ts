// The public surface of the package is the one that docs/api shows, so that a change of it is meant.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { apiFolder, describeEntries } from "../scripts/api.ts";

test("docs/api shows the surface of the build; `npm run api` after a change that is meant", () => {
  const kept = readdirSync(apiFolder).map((name) => [name, readFileSync(apiFolder + name, "utf8")]);
  expect(describeEntries()).toEqual(Object.fromEntries(kept));
});
