// What the board does with tasks whose workers fail, are lost, or come and go while an outcome is written down.

import { afterEach, beforeEach, expect, test } from "vitest";
import { TaskBoard } from "../../../src/distributed/hub/task-board.ts";
import { call, type FarEnd, key, settle } from "./workers.ts";

type Board = TaskBoard<string, string>;
let outcomes: string[];
let board: Board;
/** Outcomes are written down when it is fulfilled. */
let written: Promise<void>;

beforeEach(() => {
  outcomes = [];
  written = Promise.resolve();
  board = new TaskBoard({
    key,
    rendezvousMs: 30_000,
    job: "job",
    tasks: ["a", "b", "c"],
    onOutcome: async (task, outcome) => {
      await written;
      outcomes.push(`${task}: ${outcome}`);
    },
  });
});

afterEach(() => board.hub.close());

async function newWorker(rank: number): Promise<FarEnd> {
  const worker = call(board.hub, rank);
  await settle();
  return worker;
}

function tasksOf({ heard }: FarEnd): unknown[] {
  return heard.filter(({ type }) => type === "task").map(({ task }) => task);
}

async function finish(worker: FarEnd, outcome = "done"): Promise<void> {
  worker.say({ type: "done", outcome });
  await settle();
}

test("one worker does all tasks in order, and is told to end", async () => {
  const worker = await newWorker(0);
  for (let i = 0; i < 3; i++) await finish(worker);
  expect(tasksOf(worker)).toEqual(["a", "b", "c"]);
  expect(outcomes).toEqual(["a: done", "b: done", "c: done"]);
  expect(await board.done).toEqual([]);
  expect(worker.heard.at(-1)).toEqual({ type: "exit" });
});

test("a task that fails is told with all that its error says, and the others are done", async () => {
  const worker = await newWorker(0);
  await finish(worker);
  const error = { code: "INVALID_DATA", message: "bad", details: { line: 3, source: "b.csv" } };
  worker.say({ type: "failed", error });
  await settle();
  await finish(worker);
  const [failed, ...others] = await board.done;
  expect(others).toEqual([]);
  expect(failed).toMatchObject({ task: "b", error });
});

test("the task of a lost worker goes to an idle one, first of all", async () => {
  const [first, second] = [await newWorker(0), await newWorker(1)];
  await finish(second);
  await finish(second);
  first.link.close();
  await settle();
  expect(tasksOf(second)).toEqual(["b", "c", "a"]);
  await finish(second);
  expect(await board.done).toEqual([]);
});

test("a task that loses its worker too often is given up", async () => {
  for (let rank = 0; rank < 4; rank++) {
    const worker = await newWorker(rank);
    expect(tasksOf(worker)).toEqual(["a"]);
    worker.link.close();
    await settle();
  }
  const last = await newWorker(4);
  await finish(last);
  await finish(last);
  const [{ task, error }] = await board.done;
  expect([task, error.code]).toEqual(["a", "PEER_LOST"]);
  expect(error.message).toMatch(/^4 workers were lost at this task; the last one: the connection/);
});

test("a worker that is lost while its outcome is written down has done its task, and gets no other", async () => {
  let write = () => {};
  written = new Promise((resolve) => {
    write = resolve;
  });
  const first = await newWorker(0);
  await finish(first);
  first.link.close();
  await settle();
  write();
  await settle();
  const second = await newWorker(1);
  await finish(second);
  await finish(second);
  expect(tasksOf(second)).toEqual(["b", "c"]);
  expect(outcomes).toEqual(["a: done", "b: done", "c: done"]);
  expect(await board.done).toEqual([]);
});

test("a worker whose outcome is being written down is not idle", async () => {
  const [first, second] = [await newWorker(0), await newWorker(1)];
  let write = () => {};
  written = new Promise((resolve) => {
    write = resolve;
  });
  await finish(second);
  first.link.close();
  await settle();
  expect(tasksOf(second)).toEqual(["b"]);
  write();
  for (let i = 0; i < 3; i++) await finish(second);
  expect(tasksOf(second)).toEqual(["b", "a", "c"]);
  expect(await board.done).toEqual([]);
});

test("a message that is none costs the worker, not the task", async () => {
  const worker = await newWorker(0);
  worker.link.send(1, new Uint8Array([1, 2, 3]));
  await settle();
  expect(worker.isOpen).toBe(false);
  expect(tasksOf(await newWorker(1))).toEqual(["a"]);
});

test("an abort is told to the workers and to who waits", async () => {
  const worker = await newWorker(0);
  board.abort(new Error("enough"));
  await expect(board.done).rejects.toThrow("enough");
  await settle();
  expect(worker.heard.at(-1)).toMatchObject({
    type: "abort",
    error: { code: "INTERNAL", message: "enough" },
  });
});
