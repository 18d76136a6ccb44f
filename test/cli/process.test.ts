// The built command as a process: what goes to which stream, exit codes, interrupts, closed pipes.
// Needs `npm run build`, which `npm test` runs first.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, start } from "./run.ts";

let folder: string;

const run = (...args: string[]): Promise<Outcome> => start(args, folder).done;
const training = ["train", "--data", "f.parquet", "--label", "Cover_Type", "--objective", "multi:softprob"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coppice-process-"));
  const { code, err } = await run("datasets", "forest-cover", "--rows", "5000", "--out", "f.parquet");
  if (code !== 0) throw new Error(err);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the coppice process", () => {
  it("writes progress to standard error and the summary to standard output", async () => {
    const { code, out, err } = await run(
      ...training,
      "--rounds",
      "40",
      "--valid-fraction",
      "0.2",
      "--model",
      "a.json",
    );
    expect(code).toBe(0);
    const lines = err.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(21);
    for (const line of lines)
      expect(line).toMatch(/^round +\d+\/40 {2}valid-merror \S+ {2}valid-mlogloss \S+ {2}/);
    expect(out).toMatch(/^data {5}/);
    expect(out).toMatch(/^model {4}a\.json \(/m);
  });

  it("writes nothing but one JSON object with --json", async () => {
    const { code, out, err } = await run(...training, "--rounds", "3", "--valid-fraction", "0.2", "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out).rounds).toBe(3);
    expect(readdirSync(folder)).toContain("model.json");
  });

  it("trains the same model on one thread and on several", async () => {
    const rest = ["--rounds", "4", "--json"];
    const outcomes = await Promise.all(
      ["1", "3"].map((threads) =>
        run(...training, ...rest, "--threads", threads, "--model", `t${threads}.json`),
      ),
    );
    expect(outcomes.map(({ code, err }) => ({ code, err }))).toEqual([
      { code: 0, err: "" },
      { code: 0, err: "" },
    ]);
    expect(readFileSync(join(folder, "t1.json"))).toEqual(readFileSync(join(folder, "t3.json")));
  });

  it("ends with 1 for what fails and 2 for wrong usage", async () => {
    const failed = await run("inspect", "none.json");
    expect(failed).toEqual({ code: 1, out: "", err: "coppice: cannot read none.json: no such file\n" });
    expect(await run("inspect")).toMatchObject({ code: 2, out: "" });
  });

  it.each(["SIGINT", "SIGTERM"] as const)("stops on %s with code 1 and leaves no file", async (signal) => {
    const { child, done } = start([...training, "--rounds", "100000", "--model", "never.json"], folder);
    child.stderr?.once("data", () => child.kill(signal));
    const { code, out, err } = await done;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(new RegExp(`\ncoppice: interrupted by ${signal}\n$`));
    expect(readdirSync(folder).filter((name) => /never|tmp/.test(name))).toEqual([]);
  });

  it("takes a closed pipe as having been read enough", async () => {
    const { child, done } = start(["predict", "--model", "a.json", "--data", "f.parquet"], folder);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await done).toMatchObject({ code: 0, err: "" });
  });
});
