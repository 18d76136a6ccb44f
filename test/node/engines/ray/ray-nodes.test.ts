// Against a real Ray of a head without CPUs and two nodes of one CPU, in network namespaces: T1, T3, T4 and T10
// of docs/distributed.md. Its workers run the last build: needs `npm run build`.

import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TrainerOptions } from "../../../../src/node/trainer/trainer-options.ts";
import { describeNeeding } from "../../../require.ts";
import { temporaryFolder, writeSmallTable } from "../../trainer/drive.ts";
import { type Blow, coppice, engineOn, findLeftovers, type Struck, strike } from "./ray-blows.ts";
import { RayNodes, whyNoNamespaces } from "./ray-nodes.ts";

const obstacle = whyNoNamespaces();
const ROUNDS = 150;

describeNeeding("ray", "on two nodes of Ray", () => {
  const folder = temporaryFolder();
  const table = join(folder, "in/part-0.csv");
  const model = join(folder, "model.json");
  let cluster: RayNodes;
  let bytes: Uint8Array;

  beforeAll(async () => {
    if (obstacle !== "") return;
    mkdirSync(join(folder, "in"));
    writeSmallTable(table, 20_000);
    const { booster } = await new coppice.Trainer({ ...optionsFor("none"), run: undefined }).fit();
    bytes = booster.toBytes();
    await coppice.saveModel(booster, model);
    cluster = await RayNodes.open({ nodes: 2, cpusPerNode: 1 });
  }, 240_000);

  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Skipped, and that is all, where namespaces are not permitted: no promise of any machine. */
  function testOnNodes(title: string, body: () => Promise<void>): void {
    test(title, async ({ skip }) => {
      if (obstacle !== "") skip(obstacle);
      await body();
    });
  }

  function optionsFor(name: string): TrainerOptions {
    return {
      params: { objective: "multi:softprob", numClass: 3 },
      totalRounds: ROUNDS,
      datasets: { train: table },
      label: "y",
      table: { labelKind: "class" },
      scaling: { workers: [1, 2] },
      run: { name, storage: folder, checkpoint: { everyRounds: 10 }, failure: { maxFailures: 2 } },
    };
  }

  async function strikeAndCompare(blow: Blow): Promise<Struck> {
    const struck = await strike(cluster, blow, 25, optionsFor(blow));
    expect(struck.result.booster.toBytes()).toEqual(bytes);
    if (struck.result.failures.length > 0) expect(struck.result.resumedFrom).toBeGreaterThanOrEqual(20);
    return struck;
  }

  const isAllFree = () => expect.poll(() => findLeftovers(cluster), { timeout: 30_000 }).toEqual([]);

  testOnNodes("a worker on each of them trains the model of one process", async () => {
    const { result } = await strikeAndCompare("none");
    expect(result.workers).toHaveLength(2);
    await isAllFree();
  });

  testOnNodes("a worker that is killed is replaced, and nothing is left behind", async () => {
    const { result } = await strikeAndCompare("kill");
    expect(result.failures).toHaveLength(1);
    expect(result.workers).toHaveLength(2);
    await isAllFree();
  });

  testOnNodes("a batch is predicted on both, as on this machine", async () => {
    for (const i of [1, 2, 3]) writeSmallTable(join(folder, `in/part-${i}.csv`), 500 * i, i);
    const data = join(folder, "in/part-*.csv");
    const common = { model, data, format: "csv" as const, workers: 2 };
    const local = await coppice.batchPredict({ ...common, output: join(folder, "local") });
    const remote = await coppice.batchPredict({
      ...common,
      output: join(folder, "remote"),
      engine: engineOn(cluster),
    });
    expect(remote.rowCount).toBe(local.rowCount);
    const files = readdirSync(join(folder, "local")).filter((name) => name.endsWith(".csv"));
    expect(files).toHaveLength(4);
    for (const name of files) {
      const [there, here] = ["remote", "local"].map((place) =>
        readFileSync(join(folder, place, name), "utf8"),
      );
      expect(there).toBe(here);
    }
    await isAllFree();
  });

  testOnNodes(
    "a node whose link is cut is left; the run goes on with the other, and both serve again",
    async () => {
      const { secondsToNotice } = await strikeAndCompare("cut");
      expect(secondsToNotice).toBeLessThan(12);
      for (const node of [1, 2]) cluster.healLink(node);
      await expect.poll(() => cluster.workers(), { timeout: 40_000 }).toEqual([]);
    },
  );

  testOnNodes("a run ends well after the raylet of a node is killed", async () => {
    // Where the machine's first process is slow to bury the dead, Ray lets the worker live on, and the run ends.
    await strikeAndCompare("raylet");
    await expect.poll(() => cluster.workers(), { timeout: 40_000 }).toEqual([]);
  });
});
