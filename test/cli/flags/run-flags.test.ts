// Trainings that are kept as runs from the command line. The last test needs `npm run build`, which
// `npm test` runs first.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { coppice, type Outcome, start } from "../run.ts";

let root: string;
let folder: string;
let number = 0;

const training = (): string[] => {
  const rows = ["--data", join(root, "f.csv"), "--label", "Cover_Type", "--valid-fraction", "0.2"];
  const model = ["--objective", "multi:softprob", "--max-depth", "4", "--subsample", "0.8", "--threads", "1"];
  return ["train", ...rows, ...model, "--model", join(folder, "model.json"), "--json"];
};
const run = (...flags: string[]): Promise<Outcome> =>
  coppice(...training(), "--storage", folder, "--name", "r", ...flags);
const modelText = (): string => readFileSync(join(folder, "model.json"), "utf8");

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "coppice-run-flags-"));
  await coppice("datasets", "forest-cover", "--rows", "2000", "--out", join(root, "f.csv"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`));
});

describe("coppice train --storage --name", () => {
  test("keeps the run, does nothing when it is finished, and trains what a larger total lacks", async () => {
    const first = await run("--rounds", "4", "--checkpoint-every", "2", "--keep", "1");
    expect(first.err).toBe("");
    expect(JSON.parse(first.out)).toMatchObject({
      rounds: 4,
      run: { name: "r", attempt: 1, wasFinished: false },
    });
    expect(readdirSync(join(folder, "r"))).toEqual(["checkpoints", "manifest-000001.json", "metrics.jsonl"]);
    expect(readdirSync(join(folder, "r/checkpoints"))).toEqual(["round-000004"]);
    const again = await run("--rounds", "4");
    expect(JSON.parse(again.out).run).toMatchObject({ attempt: 1, wasFinished: true });
    expect(JSON.parse(again.out).metrics).toEqual(JSON.parse(first.out).metrics);
    const more = await run("--rounds", "6");
    expect(JSON.parse(more.out)).toMatchObject({ rounds: 6, run: { attempt: 2, resumedFrom: 4 } });
    const kept = modelText();
    const continued = await run("--continue-for", "3");
    expect(JSON.parse(continued.out)).toMatchObject({ rounds: 9, run: { attempt: 3, resumedFrom: 6 } });
    await coppice(...training(), "--rounds", "6");
    expect(modelText()).toBe(kept);
    await coppice(...training(), "--rounds", "9");
    const whole = modelText();
    await run("--continue-for", "1");
    expect(modelText()).not.toBe(whole);
  });

  test("refuses other parameters and begins anew with --force-new", async () => {
    await run("--rounds", "3");
    const refused = await run("--rounds", "3", "--eta", "0.1");
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('the run "r" began with other input: `eta` was 0.3, is 0.1');
    const forced = await run("--rounds", "3", "--eta", "0.1", "--force-new");
    expect(JSON.parse(forced.out).run).toMatchObject({ attempt: 2, resumedFrom: 0 });
    expect(readdirSync(folder).sort()).toEqual(["model.json", "r", "r.1"]);
  });

  test.each([
    [["--storage", "x"], "--storage needs --name"],
    [["--name", "x"], "--name needs --storage"],
    [["--keep", "3"], "--keep needs --storage and --name"],
    [
      ["--storage", "x", "--name", "y", "--rounds", "5", "--continue-for", "5"],
      "give either --rounds or --continue-for",
    ],
    [
      ["--storage", "x", "--name", "y", "--force-new", "--continue-for", "5"],
      "give either --continue-for or --force-new",
    ],
  ])("%j is wrong usage", async (flags, message) => {
    const { code, err } = await coppice(...training(), ...flags);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("the coppice process", () => {
  test("killed in the middle and launched again ends in the bytes of an uninterrupted training", async () => {
    const rest = ["--rounds", "80", "--storage", folder, "--name", "r", "--checkpoint-every", "5"];
    const { child, done } = start([...training(), ...rest], folder);
    while (!existsSync(join(folder, "r/checkpoints/round-000010"))) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (child.exitCode !== null) throw new Error((await done).err);
    }
    child.kill("SIGKILL");
    await done;
    expect(existsSync(join(folder, "model.json"))).toBe(false);
    const second = await start([...training(), ...rest], folder).done;
    const { resumedFrom } = JSON.parse(second.out).run;
    expect(resumedFrom).toBeGreaterThanOrEqual(5);
    expect(resumedFrom).toBeLessThan(80);
    const resumed = modelText();
    const lines = readFileSync(join(folder, "r/metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).round)).toEqual(
      Array.from({ length: 80 }, (_, round) => round),
    );
    await start([...training(), "--rounds", "80"], folder).done;
    expect(modelText() === resumed).toBe(true);
  });
});
