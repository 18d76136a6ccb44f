// What happens when a part of a distributed training dies, hangs or is asked for nonsense: the cases T1, T2, T8,
// T9 and T11 of docs/distributed.md, on processes of the build. Every one ends with the bytes of a training
// that nothing happened to.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Drive, isAlive, sturdyTraining, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";
import type { DriverLine, DriverRequest } from "./driver.ts";

const folder = temporaryFolder();
const table = join(folder, "table.csv");
const rounds = 40;
let expected = "";

function request(name: string, changes: Partial<DriverRequest["options"]> = {}): DriverRequest {
  return { options: { ...sturdyTraining(folder, name, rounds), ...changes } };
}

/** The rounds that a run's log has, which must be each once. */
function loggedRounds(name: string): number[] {
  const lines = readFileSync(join(folder, name, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { round: number }).round);
}

function expectWhole(drive: Drive, name: string): void {
  expect(drive.error, drive.log).toBeUndefined();
  expect(drive.done?.digest).toBe(expected);
  expect(drive.survivors).toEqual([]);
  expect(loggedRounds(name)).toEqual(Array.from({ length: rounds }, (_, round) => round));
  const checkpoints = readdirSync(join(folder, name, "checkpoints")).sort();
  expect(checkpoints).toEqual(["round-000035", "round-000040"]);
  const files = readdirSync(join(folder, name));
  expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
}

beforeAll(async () => {
  writeSmallTable(table, 2000);
  const drive = new Drive(request("reference", { scaling: { workers: 1 } }));
  await drive.ended;
  expect(drive.error, drive.log).toBeUndefined();
  expected = drive.done!.digest;
  expect(expected).toMatch(/^[0-9a-f]{64}$/);
});

afterAll(() => rmSync(folder, { recursive: true }));

const isFailure = (line: DriverLine): line is DriverLine & { type: "failure" } => line.type === "failure";

describe("a worker that is killed", () => {
  test.each([
    ["before it has said hello", 1, -1],
    ["in its first rounds", 1, 1],
    ["between checkpoints", 1, 13],
    ["as rank 0, which writes the checkpoints", 0, 15],
  ])("%s is noticed within a second, and the training goes on by itself", async (title, rank, round) => {
    const name = `killed-${title.replaceAll(/[^a-z0-9]+/g, "-")}`;
    const drive = new Drive(request(name));
    if (round < 0) await waitUntil(() => drive.workerOf(rank) !== undefined, 20_000);
    else await drive.reachRound(round);
    const killedAt = performance.now();
    process.kill(drive.workerOf(rank)!.processId, "SIGKILL");
    const failure = await drive.line(isFailure);
    expect(performance.now() - killedAt).toBeLessThan(1000);
    expect(failure?.code).toBe("PEER_LOST");
    expect(failure?.message).toMatch(new RegExp(`^worker ${rank} was lost`));
    await drive.ended;
    expectWhole(drive, name);
    expect(drive.done?.attempts).toBe(2);
    expect(drive.done?.secondsToRecover[0]).toBeLessThan(10);
  });
});

test("a worker that hangs with its sockets open is noticed within five seconds, and is gone afterwards", async () => {
  const drive = new Drive(request("hung"));
  await drive.reachRound(8);
  const stoppedAt = performance.now();
  process.kill(drive.workerOf(1)!.processId, "SIGSTOP");
  const failure = await drive.line(isFailure);
  expect(performance.now() - stoppedAt).toBeLessThan(5000);
  expect(failure?.message).toMatch(/^worker 1 was lost: silent/);
  await drive.ended;
  expectWhole(drive, "hung");
});

test("a worker that stands still for two seconds costs nothing", async () => {
  const drive = new Drive(request("slow"));
  await drive.reachRound(8);
  const { processId } = drive.workerOf(1)!;
  process.kill(processId, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  process.kill(processId, "SIGCONT");
  await drive.ended;
  expectWhole(drive, "slow");
  expect(drive.done?.attempts).toBe(1);
});

test("a driver that is killed takes its workers with it, and launched again goes on", async () => {
  const first = new Drive(request("driver"));
  await first.reachRound(17);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(await waitUntil(() => first.survivors.length === 0, 2000)).toBe(true);
  const second = new Drive(request("driver"));
  const isRound = (line: DriverLine): line is DriverLine & { type: "round" } => line.type === "round";
  expect((await second.line(isRound))?.round).toBeGreaterThanOrEqual(15);
  await second.ended;
  expectWhole(second, "driver");
});

test("a finished run that is launched again, on more workers, trains nothing and gives its model", async () => {
  const drive = new Drive(request("reference", { scaling: { workers: 3 } }));
  await drive.ended;
  expect(drive.done).toMatchObject({ digest: expected, wasFinished: true });
});

test("when a worker dies more often than allowed the run ends with its reason, and nothing runs any more", async () => {
  const once = request("hopeless");
  const drive = new Drive({
    options: { ...once.options, run: { ...once.options.run!, failure: { maxFailures: 1 } } },
  });
  for (const attempt of [1, 2]) {
    const isThere = () => drive.workers.some((worker) => worker.attempt === attempt && worker.rank === 1);
    await waitUntil(isThere, 20_000);
    process.kill(drive.workerOf(1)!.processId, "SIGKILL");
  }
  await drive.ended;
  expect(drive.child.exitCode).toBe(1);
  expect(drive.error).toMatchObject({ code: "PEER_LOST" });
  expect(drive.error?.message).toMatch(
    /^2 attempts failed, `maxFailures` is 1; .*worker 1 was lost: killed by SIGKILL/s,
  );
  expect(drive.survivors).toEqual([]);
});

test("a mistake in the data is told as it is, at once, without another attempt", async () => {
  const broken = join(folder, "broken.csv");
  writeFileSync(broken, `${readFileSync(table, "utf8")}0.5,oops,fir,low\n`);
  const drive = new Drive(request("broken", { datasets: { train: broken } }));
  await drive.ended;
  expect(drive.error?.code).toBe("INVALID_DATA");
  expect(drive.error?.message).toMatch(/broken\.csv.*"oops"/);
  expect(drive.workers.length).toBe(2);
  expect(drive.workers.some(({ processId }) => isAlive(processId))).toBe(false);
});

test("more workers than rows train like one", async () => {
  const tiny = join(folder, "tiny.csv");
  writeSmallTable(tiny, 3);
  const digests = [];
  for (const workers of [1, 5]) {
    const drive = new Drive(
      request(`tiny-${workers}`, { datasets: { train: tiny }, scaling: { workers }, totalRounds: 3 }),
    );
    await drive.ended;
    expect(drive.error, drive.log).toBeUndefined();
    digests.push(drive.done?.digest);
  }
  expect(digests[1]).toBe(digests[0]);
  expect(digests[0]).not.toBe(createHash("sha256").update("").digest("hex"));
});
