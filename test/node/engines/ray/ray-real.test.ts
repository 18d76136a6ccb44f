// Against a real Ray. Its workers run the last build: needs `npm run build`.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { httpTransport } from "../../../../src/node/engines/ray/http-transport.ts";
import { RayJobs } from "../../../../src/node/engines/ray/ray-jobs.ts";
import { distFolder } from "../../../machine.ts";
import { describeNeeding } from "../../../require.ts";
import { temporaryFolder, writeSmallTable } from "../../trainer/drive.ts";
import { type RayCluster, startRay } from "./ray-cluster.ts";

describeNeeding("ray", "on Ray", () => {
  let cluster: RayCluster;
  let coppice: typeof import("../../../../src/node/index.ts");
  let table: string;
  const folder = temporaryFolder();

  beforeAll(async () => {
    coppice = (await import(`${distFolder}/node/index.js`)) as typeof coppice;
    table = join(folder, "table.csv");
    writeSmallTable(table, 3000);
    cluster = await startRay(2);
  });

  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const optionsOf = (totalRounds: number) => ({
    params: { objective: "multi:softprob" as const, numClass: 3 },
    totalRounds,
    datasets: { train: table },
    label: "y",
    table: { labelKind: "class" as const },
    scaling: { workers: 2 },
  });
  const rayEngine = () =>
    coppice.ray({ address: cluster.address, node: process.execPath, freeCpusMs: 20_000 });

  test("two workers train the model of this machine, and leave nothing behind", async () => {
    const local = await new coppice.Trainer({ ...optionsOf(10), scaling: { workers: 1 } }).fit();
    const remote = await new coppice.Trainer({ ...optionsOf(10), engine: rayEngine() }).fit();
    expect(remote.workers.map(({ rank }) => rank)).toEqual([0, 1]);
    expect(remote.booster.toBytes()).toEqual(local.booster.toBytes());
    expect(await cluster.jobs()).toEqual([]);
    await expectFreeCpus(cluster.address, 2);
  });

  test("a worker that is killed is replaced, and the model stays the same", async () => {
    const local = await new coppice.Trainer(optionsOf(200)).fit();
    let wasKilled = false;
    const run = {
      name: "killed",
      storage: folder,
      checkpoint: { everyRounds: 10 },
      failure: { maxFailures: 2 },
    };
    const remote = await new coppice.Trainer({
      ...optionsOf(200),
      run,
      engine: rayEngine(),
      onRound: ({ round }) => {
        if (round < 25 || wasKilled) return;
        wasKilled = true;
        killWorker();
      },
    }).fit();
    expect(remote.failures).toHaveLength(1);
    expect(remote.resumedFrom).toBeGreaterThanOrEqual(20);
    expect(remote.booster.toBytes()).toEqual(local.booster.toBytes());
    expect(await cluster.jobs()).toEqual([]);
  });

  test("more workers than CPUs are refused before any is started", async () => {
    const engine = coppice.ray({ address: cluster.address, node: process.execPath, freeCpusMs: 500 });
    const training = new coppice.Trainer({ ...optionsOf(5), scaling: { workers: 3 }, engine }).fit();
    await expect(training).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(await cluster.jobs()).toEqual([]);
  });

  test("the error of a worker that cannot start comes to the driver", async () => {
    const engine = coppice.ray({ address: cluster.address, node: "no-such-node", freeCpusMs: 20_000 });
    const training = new coppice.Trainer({ ...optionsOf(5), scaling: { workers: 1 }, engine }).fit();
    await expect(training).rejects.toThrow(/no-such-node/);
  });
});

/** Kills the youngest worker process that runs from a package of Ray. */
function killWorker(): void {
  const ids = execFileSync("pgrep", ["-f", "^[^ ]*node dist/node/workers/cluster-worker-main.js"], {
    encoding: "utf8",
  });
  process.kill(Math.max(...ids.trim().split("\n").map(Number)), "SIGKILL");
}

/** Ray tells of free CPUs some seconds late. */
async function expectFreeCpus(address: string, count: number): Promise<void> {
  const jobs = new RayJobs(httpTransport(address));
  await expect
    .poll(async () => (await jobs.cpus())?.free.reduce((sum, free) => sum + free, 0), { timeout: 20_000 })
    .toBe(count);
}
