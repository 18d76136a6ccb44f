// `coppice train` on workers, `coppice worker` and `coppice k8s`. Needs `npm run build`.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainingOn, writeSmallTable } from "../node/trainer/drive.ts";
import { coppice, type Outcome, start } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "coppice-workers-"));
const table = join(folder, "table.csv");
const run = (...args: string[]): Promise<Outcome> => start(args, folder).done;
const training = trainingOn(table, 12);

beforeAll(() => writeSmallTable(table, 800));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("train --workers", () => {
  it("writes the model of one process, and a summary by worker", async () => {
    const alone = await run(...training, "--model", "alone.json");
    expect(alone.code, alone.err).toBe(0);
    const runFlags = ["--storage", "runs", "--name", "first", "--checkpoint-every", "5"];
    const cluster = [...training, "--valid", table, "--workers", "2", ...runFlags];
    const first = await run(...cluster, "--model", "two.json", "--figure", "curve.svg");
    expect(first.code, first.err).toBe(0);
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(read("two.json")).toBe(read("alone.json"));
    expect(read("curve.svg")).toContain("<svg");
    expect(first.out).toMatch(/^data {5}800 rows on 2 workers$/m);
    expect(first.out).toMatch(/^metrics {2}valid-merror \S+ {2}valid-mlogloss /m);
    expect(first.err).toMatch(/round 12\/12/);
    const again = await run(...cluster, "--json", "--model", "again.json");
    expect(again.code, again.err).toBe(0);
    const report = JSON.parse(again.out) as { wasFinished: boolean; workers: { rowCount: number }[] };
    expect(report.wasFinished).toBe(true);
    expect(report.workers.map(({ rowCount }) => rowCount).reduce((a, b) => a + b)).toBe(800);
    expect(read("again.json")).toBe(read("alone.json"));
  });

  it("tells a mistake in the data like one process does", async () => {
    const bad = await run(...training, "--workers", "2", "--weight", "wieght");
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/^coppice: .*`weight` must be a column of the table, got "wieght"/m);
  });

  it.each([
    [["--max-failures", "1"], "--max-failures needs --workers"],
    [["--engine", "processes"], "--engine processes needs --workers"],
    [["--workers", "2", "--valid-fraction", "0.2"], "--valid-fraction cannot be used with workers"],
    [["--workers", "2", "--engine", "ray"], "--engine ray and --address belong together"],
    [["--workers", "2", "--driver-host", "10.0.0.1"], "--driver-host needs --engine ray"],
    [["--workers", "2", "--engine", "env"], "takes the number of workers from the launcher"],
    [["--workers", "3-2"], "It must be an integer in [1, 1024], or two of them like 2-8."],
  ])("%j is wrong usage", async (flags, message) => {
    const { code, err } = await coppice(...training, "--model", join(folder, "m.json"), ...flags);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("worker", () => {
  it("without an environment says what it needs", async () => {
    const { code, err } = await run("worker");
    expect(code).toBe(2);
    expect(err).toMatch(/a worker needs its rank in one of the variables COPPICE_RANK/);
  });
});

describe("k8s", () => {
  const flags = ["--name", "first", "--image", "registry/coppice:1", "--workers", "3", "--claim", "shared"];

  it("prints a service, a secret and an Indexed Job that runs train on every pod", async () => {
    const { code, out } = await coppice("k8s", ...flags, "--", "--data", "/data/*.parquet", "--label", "y");
    expect(code).toBe(0);
    expect(out.match(/^kind: \w+$/gm)).toEqual(["kind: Service", "kind: Secret", "kind: Job"]);
    expect(out).toContain("completionMode: Indexed\n  completions: 3\n  parallelism: 3\n");
    expect(out).toContain(
      'command: ["coppice", "train", "--engine", "env", "--threads", "1", "--data", "/data/*.parquet", "--label", "y"]',
    );
    expect(out).toContain('value: "first-0.first:29400"');
    expect(out).toMatch(/token: "[0-9a-f]{32}"/);
  });

  it("refuses a name that Kubernetes would refuse", async () => {
    const { code, err } = await coppice("k8s", ...flags, "--name", "First_Run");
    expect(code).toBe(2);
    expect(err).toContain("`name` must be lower-case letters, digits and dashes");
  });
});
