// Engines that have less room than asked for, workers that cannot be stopped, drivers that compete: the cases
// T3, T5 and T7 of docs/distributed.md, on processes of the build.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/distributed/hub/engine.ts";
import type { TrainerResult } from "../../../src/node/trainer/trainer.ts";
import type { TrainerOptions } from "../../../src/node/trainer/trainer-options.ts";
import { distFolder } from "../../machine.ts";
import { isAlive, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";

const { processes, Trainer } = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../src/node/index.ts");

const folder = temporaryFolder();
const table = join(folder, "table.csv");
let expected = "";
afterAll(() => rmSync(folder, { recursive: true }));

function optionsFor(name: string, changes: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    params: { objective: "multi:softprob", maxDepth: 4 },
    totalRounds: 30,
    datasets: { train: table },
    label: "y",
    table: { labelKind: "class" },
    scaling: { workers: 2 },
    run: { name, storage: folder, checkpoint: { everyRounds: 5 }, failure: { maxFailures: 2 } },
    ...changes,
  };
}

/** The error of a promise that must be rejected; the build's class is not the source's. */
async function rejectionOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const nothing = Symbol("fulfilled");
  const error = await promise.then(
    () => nothing,
    (cause: unknown) => cause,
  );
  expect(error).not.toBe(nothing);
  return error as { code: string; message: string };
}

const modelOf = ({ booster }: TrainerResult) => new TextDecoder().decode(booster.toBytes("json"));

beforeAll(async () => {
  writeSmallTable(table, 1200);
  expected = modelOf(await new Trainer(optionsFor("alone", { scaling: { workers: 1 } })).fit());
});

/** The local engine, with the processes that it has started by attempt and rank. */
function watchedProcesses(): { engine: Engine; processIds: Map<string, number> } {
  const processIds = new Map<string, number>();
  const onStart = (worker: { attempt: number; rank: number; processId: number }) =>
    processIds.set(`${worker.attempt}-${worker.rank}`, worker.processId);
  return { engine: processes({ onStart }), processIds };
}

/** Does something once, when a round is told of. */
function onceAt(round: number, act: () => void): NonNullable<TrainerOptions["onRound"]> {
  let isDone = false;
  return (event) => {
    if (isDone || event.round < round) return;
    isDone = true;
    act();
  };
}

describe("scaling between bounds", () => {
  test("goes on with fewer workers after a loss, and with more again, to the same bytes", async () => {
    const room = [3, 2, 3];
    const counts: number[] = [];
    const { engine, processIds } = watchedProcesses();
    const kill = (attempt: number) => process.kill(processIds.get(`${attempt}-1`)!, "SIGKILL");
    const result = await new Trainer(
      optionsFor("elastic", {
        scaling: { workers: [2, 3] },
        engine: { ...engine, countWorkers: async () => room[counts.push(0) - 1] },
        onRound: (() => {
          const [first, second] = [onceAt(6, () => kill(1)), onceAt(16, () => kill(2))];
          return (event) => {
            first(event);
            second(event);
          };
        })(),
      }),
    ).fit();
    expect(result.attempts).toBe(3);
    expect(result.failures.map(({ code, rank }) => [code, rank])).toEqual([
      ["PEER_LOST", 1],
      ["PEER_LOST", 1],
    ]);
    expect([...processIds.keys()].sort()).toEqual(["1-0", "1-1", "1-2", "2-0", "2-1", "3-0", "3-1", "3-2"]);
    expect(modelOf(result)).toBe(expected);
  });

  test("an engine without room for the fewest is refused before anything is started", async () => {
    const { engine, processIds } = watchedProcesses();
    const options = optionsFor("full", {
      engine: { ...engine, countWorkers: async () => 1 },
      run: { name: "full", storage: folder },
    });
    const error = await rejectionOf(new Trainer(options).fit());
    expect(error).toMatchObject({
      code: "TIMEOUT",
      message: "the engine has room for 1 workers, 2 are needed",
    });
    expect(processIds.size).toBe(0);
  });

  test("workers that wait for others in vain are released when the rendezvous is over", async () => {
    const { engine, processIds } = watchedProcesses();
    const pending = { ended: new Promise<never>(() => {}), stop: async () => {} };
    const launch: Engine["launch"] = async (spec) => (spec.rank === 0 ? engine.launch(spec) : pending);
    const options = optionsFor("waiting", {
      engine: { ...engine, launch, rendezvousMs: 1500 },
      run: { name: "waiting", storage: folder },
    });
    const error = await rejectionOf(new Trainer(options).fit());
    expect(error).toMatchObject({
      code: "TIMEOUT",
      message: "1 of 2 workers did not come within 1.5 s: 1",
    });
    expect(isAlive(processIds.get("1-0")!)).toBe(false);
  });
});

test("a rank 0 that could not be stopped and wakes up after its successor has finished changes nothing", async () => {
  const { engine, processIds } = watchedProcesses();
  // As behind a broken network: nobody can end it.
  const launch: Engine["launch"] = async (spec) => {
    const handle = await engine.launch(spec);
    return spec.attempt === 1 ? { ended: handle.ended, stop: async () => {} } : handle;
  };
  const result = await new Trainer(
    optionsFor("fenced", {
      engine: { ...engine, launch },
      onRound: onceAt(7, () => process.kill(processIds.get("1-0")!, "SIGSTOP")),
    }),
  ).fit();
  expect(modelOf(result)).toBe(expected);
  const look = () =>
    readdirSync(join(folder, "fenced"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), "base64")]);
  const before = look();
  process.kill(processIds.get("1-0")!, "SIGCONT");
  const isGone = () => [...processIds.values()].every((processId) => !isAlive(processId));
  expect(await waitUntil(isGone, 10_000)).toBe(true);
  expect(look()).toEqual(before);
});

test("a worker whose memory runs out is lost with its last words, and the training goes on", async () => {
  const { engine } = watchedProcesses();
  const tooLittle = { NODE_OPTIONS: "--max-old-space-size=8" };
  const launch: Engine["launch"] = (spec) => {
    const isStruck = spec.attempt === 1 && spec.rank === 1;
    return engine.launch(isStruck ? { ...spec, environment: { ...spec.environment, ...tooLittle } } : spec);
  };
  const result = await new Trainer(optionsFor("memory", { engine: { ...engine, launch } })).fit();
  expect(result.failures.map(({ code, rank }) => [code, rank])).toEqual([["PEER_LOST", 1]]);
  expect(result.failures[0].message).toMatch(/^worker 1 was lost: killed by SIG/);
  expect(modelOf(result)).toBe(expected);
});

test("of two drivers of one run the later one takes over, and the earlier one ends saying so", async () => {
  const totalRounds = 400;
  const alone = optionsFor("alone-longer", { totalRounds, scaling: { workers: 1 } });
  const wanted = modelOf(await new Trainer(alone).fit());
  let second: Promise<TrainerResult> | undefined;
  const onRound = onceAt(6, () => {
    second = new Trainer(optionsFor("rivals", { totalRounds })).fit();
    // Awaited below.
    second.catch(() => {});
  });
  const error = await rejectionOf(new Trainer(optionsFor("rivals", { totalRounds, onRound })).fit());
  expect(error.code).toBe("ABORTED");
  expect(error.message).toMatch(/attempt 2 has taken over/);
  expect(modelOf(await second!)).toBe(wanted);
});

test("an abort ends all workers, and the run goes on from its checkpoint with another number of them", async () => {
  const { engine, processIds } = watchedProcesses();
  const abort = new AbortController();
  const options = optionsFor("aborted", {
    engine,
    signal: abort.signal,
    onRound: onceAt(12, () => abort.abort()),
  });
  expect((await rejectionOf(new Trainer(options).fit())).code).toBe("ABORTED");
  expect([...processIds.values()].some(isAlive)).toBe(false);
  const result = await new Trainer(optionsFor("aborted", { scaling: { workers: 3 } })).fit();
  expect(result.resumedFrom).toBeGreaterThanOrEqual(10);
  expect(modelOf(result)).toBe(expected);
});

test("an error of the user's own function ends the training, and comes back as it is", async () => {
  const { engine, processIds } = watchedProcesses();
  const mistake = new TypeError("a mistake");
  const onRound = onceAt(3, () => {
    throw mistake;
  });
  await expect(new Trainer(optionsFor("mistaken", { engine, onRound })).fit()).rejects.toBe(mistake);
  expect([...processIds.values()].some(isAlive)).toBe(false);
});

test.each([
  [{ scaling: { workers: 0 } }, "scaling.workers"],
  [{ scaling: { workers: [3, 2] as [number, number] } }, "scaling.workers"],
  [{ scaling: { workers: 2, cpusPerWorker: 0.5 } }, "scaling.cpusPerWorker"],
  [{ totalRounds: -1 }, "totalRounds"],
  [
    { failure: { maxFailures: -1 }, run: { name: "x", storage: "y", failure: { maxFailures: -1 } } },
    "run.failure.maxFailures",
  ],
  [{ run: { name: "x", storage: "" } }, "run.storage"],
])("%o is refused, naming %s", (changes, parameter) => {
  expect(() => new Trainer(optionsFor("refused", changes))).toThrow(
    expect.objectContaining({ code: "INVALID_PARAMETER", details: { parameter } }),
  );
});
