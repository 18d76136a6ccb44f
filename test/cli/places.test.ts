// Every flag and argument that names a file or folder: a URL of an unknown scheme is wrong usage, said by flag
// and scheme, and leaves nothing on the disk. The last test runs the last build: needs `npm run build`.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { processContext } from "../../src/cli/terminal/context.ts";
import { places } from "../../src/node/files/places.ts";
import { coppice, start } from "./run.ts";

/** The schemes of node/files/places.ts, as the refusals list them. */
const known = places.schemes.join(", ");
const before = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(`${tmpdir()}/coppice-places-`);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** What some flags want at the end of a path. */
const ENDINGS: Readonly<Record<string, string>> = {
  "--model": ".json",
  "--figure": ".svg",
  "--out": ".csv",
  "--output": ".csv",
};

function commandsIn(command: Command, path: readonly string[] = []): [string[], Command][] {
  const own: [string[], Command][] = path.length > 0 ? [[[...path], command]] : [];
  return [...own, ...command.commands.flatMap((child) => commandsIn(child, [...path, child.name()]))];
}

/** Found from the help of the flags, so that a new one is tried too. */
const flags = commandsIn(createProgram(processContext(new AbortController().signal))).flatMap(
  ([path, command]) =>
    command.options
      .filter((option) => /<(file|folder|glob|path)>/.test(option.flags))
      .map(({ long }) => [path.join(" "), long as string] as const),
);
const input: readonly (readonly [string, string, string])[] = [
  ["inspect", "<model>", "inspect URL.json"],
  ["convert", "<input>", "convert URL.json m.ubj"],
  ["convert", "<output>", "convert m.json URL.ubj"],
];

const cases = [
  ...flags.map(([path, flag]) => {
    const needed = path === "inspect" ? "m.json " : "";
    return [path, flag, `${path} ${needed}${flag} URL${ENDINGS[flag] ?? ""}`] as const;
  }),
  ...input,
];

test("the flags of all commands are known here", () => {
  const named = new Set(flags.map(([, flag]) => flag));
  for (const flag of ["--data", "--valid", "--model", "--initial-model", "--storage", "--models", "--out"])
    expect(named).toContain(flag);
  expect(flags.length).toBeGreaterThan(25);
});

test.each(cases)("%s %s", async (_path, flag, line) => {
  for (const url of ["s3://bucket/key", "http://host/key"]) {
    const { code, out, err } = await coppice(...line.replace("URL", url).split(" "));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(
      `coppice: \`${flag}\` must be a path or a URL of a known scheme (${known}), got "${url}`,
    );
    expect(readdirSync(folder)).toEqual([]);
  }
});

test.each([
  ["train --data t.csv --label y --storage s3://b/runs --name r", "--storage"],
  ["train --data t.csv --label y --model gs://b/m.json", "--model"],
  ["predict --model m.json --data http://h/t.csv", "--data"],
])("the built command refuses %s", async (line, flag) => {
  const { code, err } = await start(line.split(" "), folder).done;
  expect(code).toBe(2);
  expect(err).toContain(`coppice: \`${flag}\` must be a path or a URL of a known scheme (${known})`);
  expect(readdirSync(folder)).toEqual([]);
});
