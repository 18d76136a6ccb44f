// What is done to a training on the nodes of a real Ray: a worker or a raylet is killed, a link is cut. For
// ray-nodes.test.ts on a small table and `npm run ray-nodes` on a large one.

import { httpTransport } from "../../../../src/node/engines/ray/http-transport.ts";
import { RayJobs } from "../../../../src/node/engines/ray/ray-jobs.ts";
import type { TrainerResult } from "../../../../src/node/trainer/trainer.ts";
import type { TrainerOptions } from "../../../../src/node/trainer/trainer-options.ts";
import { distFolder } from "../../../machine.ts";
import type { RayNodes } from "./ray-nodes.ts";

/** The build under test; nodes run its workers. */
export const coppice = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../../src/node/index.ts");

export type Blow = "none" | "kill" | "raylet" | "cut";

export interface Struck {
  readonly result: TrainerResult;
  readonly seconds: number;
  /** From the driver's start to the end of the first round. */
  readonly secondsToStart: number;
  /** From the blow until the driver knew and had stopped or given up the attempt's other workers. */
  readonly secondsToNotice: number | undefined;
  /** From the blow to the end of the next attempt's first round. */
  readonly secondsToTrainAgain: number | undefined;
  readonly roundsRepeated: number;
}

export function engineOn(cluster: RayNodes): ReturnType<typeof coppice.ray> {
  const { address, driverHost } = cluster;
  return coppice.ray({ address, driverHost, node: process.execPath, freeCpusMs: 20_000 });
}

/** Trains on the cluster, and strikes the node of the first worker once that many rounds are there. */
export async function strike(
  cluster: RayNodes,
  blow: Blow,
  roundCount: number,
  options: TrainerOptions,
): Promise<Struck> {
  const begin = performance.now();
  const since = (moment: number | undefined) =>
    moment === undefined ? undefined : (performance.now() - moment) / 1000;
  let secondsToStart: number | undefined;
  let struckAt: number | undefined;
  let secondsToNotice: number | undefined;
  let secondsToTrainAgain: number | undefined;
  let told = 0;
  const result = await new coppice.Trainer({
    ...options,
    engine: engineOn(cluster),
    onRound: ({ round }) => {
      told++;
      secondsToStart ??= since(begin);
      if (secondsToNotice !== undefined) secondsToTrainAgain ??= since(struckAt);
      if (round + 1 !== roundCount || struckAt !== undefined || blow === "none") return;
      struckAt = performance.now();
      land(cluster, blow);
    },
    onFailure: () => {
      secondsToNotice ??= since(struckAt);
    },
  }).fit();
  return {
    result,
    seconds: since(begin) as number,
    secondsToStart: secondsToStart as number,
    secondsToNotice,
    secondsToTrainAgain,
    roundsRepeated: told - (options.totalRounds ?? 0),
  };
}

function land(cluster: RayNodes, blow: Blow): void {
  const [{ node, processId }] = cluster.workers();
  if (blow === "kill") process.kill(processId, "SIGKILL");
  else if (blow === "raylet") cluster.killRaylet(node);
  else cluster.cutLink(node);
}

/** What is not free: CPUs, jobs that Ray remembers, processes. Empty once everything is. */
export async function findLeftovers(cluster: RayNodes): Promise<string[]> {
  const transport = httpTransport(cluster.address);
  const cpus = await new RayJobs(transport).cpus();
  const free = cpus?.free.reduce((sum, count) => sum + count, 0);
  const { body } = await transport({ method: "GET", path: "/api/jobs/" });
  const jobs = (
    JSON.parse(new TextDecoder().decode(body)) as { submission_id: string; status: string }[]
  ).map(({ submission_id, status }) => `job ${submission_id}: ${status}`);
  const workers = cluster.workers().map(({ node, processId }) => `process ${processId} on node ${node}`);
  return [...(free === cpus?.total ? [] : [`${free} of ${cpus?.total} CPUs are free`]), ...jobs, ...workers];
}
