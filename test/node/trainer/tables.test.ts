// Files that do not fit one another (T9 of docs/distributed.md): workers that each read a part of them come to
// what one process comes to, the same bytes or the same refusal. On processes of the build.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { distFolder } from "../../machine.ts";
import { temporaryFolder } from "./drive.ts";

const { readTable, train, Trainer } = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../src/node/index.ts");

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const rounds = 3;
const params = { objective: "reg:squarederror", maxDepth: 3 };

/** A file of forty rows whose cells are made by column and row. */
function writeFile(
  path: string,
  columns: readonly string[],
  cell: (column: string, row: number) => string,
): void {
  const rows = Array.from({ length: 40 }, (_, row) => columns.map((column) => cell(column, row)).join(","));
  writeFileSync(path, `${columns.join(",")}\n${rows.join("\n")}\n`);
}

const numbers = (column: string, row: number) => String((column.charCodeAt(0) * 31 + row * 17) % 23);

type Outcome = { readonly model: string } | { readonly code: string; readonly message: string };

async function outcomeOf(
  work: () => Promise<{ booster: { toBytes(format: "json"): Uint8Array } }>,
): Promise<Outcome> {
  try {
    return { model: new TextDecoder().decode((await work()).booster.toBytes("json")) };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    // A worker says at which byte its part begins.
    return { code, message: message.replace(/ \(from byte \d+\)/, "") };
  }
}

describe.each<[string, (path: string) => void, "model" | RegExp]>([
  ["columns in another order", (path) => writeFile(path, ["y", "b", "a"], numbers), "model"],
  ["a column more", (path) => writeFile(path, ["a", "b", "z", "y"], numbers), /"z"|columns/],
  ["a column less", (path) => writeFile(path, ["a", "y"], numbers), /"b"|columns/],
  [
    "a column that is empty throughout",
    (path) => writeFile(path, ["a", "b", "y"], (c, r) => (c === "b" ? "" : numbers(c, r))),
    "model",
  ],
  ["no rows", (path) => writeFileSync(path, "a,b,y\n"), "model"],
  ["nothing in it", (path) => writeFileSync(path, ""), /second/],
  [
    "what is no table",
    (path) =>
      writeFileSync(
        path,
        Uint8Array.from({ length: 900 }, (_, i) => (i * 89) % 256),
      ),
    /second/,
  ],
])("of two files the second with %s", (title, write, expected) => {
  const paths = ["first", "second"].map((name) => join(folder, `${title.replaceAll(" ", "-")}-${name}.csv`));

  test.each([2, 3])("comes to the same on %i workers as in one process", async (workers) => {
    writeFile(paths[0], ["a", "b", "y"], numbers);
    write(paths[1]);
    const alone = await outcomeOf(async () =>
      train(params, await readTable(paths, { label: "y" }), { rounds }),
    );
    const together = await outcomeOf(() =>
      new Trainer({
        params,
        totalRounds: rounds,
        datasets: { train: paths },
        label: "y",
        scaling: { workers },
      }).fit(),
    );
    expect(together).toEqual(alone);
    if (expected === "model") expect(alone).toHaveProperty("model");
    else expect(alone).toMatchObject({ code: "INVALID_DATA", message: expect.stringMatching(expected) });
  });
});
