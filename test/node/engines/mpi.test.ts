// Under a real mpirun: ranks of one machine, started together. They run the last build: needs `npm run build`.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../free-port.ts";
import { distFolder } from "../../machine.ts";
import { describeNeeding } from "../../require.ts";
import { temporaryFolder, writeSmallTable } from "../trainer/drive.ts";

const execute = promisify(execFile);
const main = join(distFolder, "cli/main.js");

describeNeeding("mpirun", "under mpirun", () => {
  const folder = temporaryFolder();
  const table = join(folder, "in/table.csv");
  const training = ["--data", table, "--label", "y", "--objective", "multi:softprob", "--rounds", "10"];

  beforeAll(() => {
    mkdirSync(join(folder, "in"));
    writeSmallTable(table, 2000);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the command line on every rank, with a tracker at a free port. */
  async function mpirun(ranks: number, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const launcher = ["--allow-run-as-root", "--oversubscribe", "-n", String(ranks)];
    const address = `127.0.0.1:${await freePort()}`;
    const exported = ["-x", `COPPICE_TRACKER=${address}`, "-x", "COPPICE_TOKEN=of the test"];
    const program = [process.execPath, main, ...args];
    return execute("mpirun", [...launcher, ...exported, ...program], { timeout: 60_000 });
  }

  test.each([1, 3])("%i ranks train the model of one process", async (ranks) => {
    const alone = join(folder, "alone.json");
    const together = join(folder, `together-${ranks}.json`);
    await execute(process.execPath, [main, "train", ...training, "--model", alone]);
    await mpirun(ranks, "train", ...training, "--engine", "env", "--model", together);
    expect(readFileSync(together, "utf8")).toBe(readFileSync(alone, "utf8"));
  });

  test("ranks predict the parts of a table", async () => {
    const model = join(folder, "model.json");
    await execute(process.execPath, [main, "train", ...training, "--model", model]);
    for (const i of [1, 2, 3]) writeSmallTable(join(folder, `in/part-${i}.csv`), 100 * i, i);
    const output = join(folder, "out");
    const parts = [
      "--model",
      model,
      "--data",
      join(folder, "in/part-*.csv"),
      "--label",
      "y",
      "--output",
      output,
    ];
    const { stdout } = await mpirun(2, "batch-predict", ...parts, "--engine", "env");
    expect(stdout).toContain("600 rows in 3 parts");
    expect(readdirSync(output)).toEqual(["_coppice", "part-1.parquet", "part-2.parquet", "part-3.parquet"]);
  });

  test("an error of the training ends all ranks, with a bad exit code", async () => {
    const wrong = ["--data", table, "--label", "no such column", "--rounds", "2", "--engine", "env"];
    await expect(mpirun(2, "train", ...wrong, "--model", join(folder, "none.json"))).rejects.toThrow(
      /no such column/,
    );
  });
});
