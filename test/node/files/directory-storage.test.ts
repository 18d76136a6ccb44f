// A folder of a disk as storage: its operations, real kills, a full disk, a folder that cannot be written.

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { directoryStorage } from "../../../src/node/files/directory-storage.ts";
import { Result, train } from "../../../src/node/index.ts";
import type { RunStorage } from "../../../src/run/storage.ts";
import { catchRejection } from "../../oracle/catch-error.ts";
import { MemoryStorage } from "../../oracle/memory-storage.ts";
import { data, given, modelBytes, runOptions } from "../../run/training.ts";

const program = fileURLToPath(new URL("../../run/killable-run.ts", import.meta.url));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let root: string;
let folder: string;
let number = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "coppice-runs-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = join(root, String(number++));
});

/** Every file below a folder. */
function filesBelow(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(path.length + 1))
    .sort();
}

describe.each<[string, () => RunStorage]>([
  ["folder", () => directoryStorage(folder)],
  ["memory of the tests", () => new MemoryStorage()],
])("a storage: %s", (_, create) => {
  test("gives back what was written, and nothing for what was not", async () => {
    const storage = create();
    expect(await storage.read("a/b")).toBeUndefined();
    expect(await storage.list("a")).toEqual([]);
    await storage.write("a/b", bytes("one"));
    await storage.write("a/b", bytes("two"));
    await storage.write("a/c/d", bytes(""));
    expect(Array.from((await storage.read("a/b"))!)).toEqual(Array.from(bytes("two")));
    expect(await storage.list("a")).toEqual(["b", "c"]);
    expect(await storage.list("")).toEqual(["a"]);
  });

  test("creates a file for exactly one of several callers", async () => {
    const storage = create();
    const wins = await Promise.all([1, 2, 3, 4, 5].map((i) => storage.create("a/b", bytes(String(i)))));
    expect(wins.filter((isOurs) => isOurs)).toHaveLength(1);
    const content = new TextDecoder().decode(await storage.read("a/b"));
    expect(content).toBe(String(wins.indexOf(true) + 1));
    expect(await storage.list("a")).toEqual(["b"]);
  });

  test("appends, renames folders, refuses a taken name, removes", async () => {
    const storage = create();
    await storage.write("a/log", bytes("1"));
    await storage.append("a/log", bytes("2"));
    await storage.rename("a", "b");
    expect(new TextDecoder().decode(await storage.read("b/log"))).toBe("12");
    await storage.write("c/x", bytes("x"));
    await expect(storage.rename("b", "c")).rejects.toThrow(/taken/);
    await storage.remove("b");
    await storage.remove("b");
    expect(await storage.list("")).toEqual(["c"]);
  });
});

/** Runs the program that kills itself; gives its last words, or undefined when it was killed. */
async function launch(count: number, when: string): Promise<Record<string, unknown> | undefined> {
  const child = spawn(process.execPath, [program, folder, String(count), when]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const signal = await new Promise((resolve) => child.on("close", (_, killedBy) => resolve(killedBy)));
  if (signal === "SIGKILL") return undefined;
  if (out === "") throw new Error(err);
  return JSON.parse(out) as Record<string, unknown>;
}

describe("a process that trains into a folder", () => {
  test("killed with SIGKILL around its writes and launched again ends in the same bytes", async () => {
    const uninterrupted = new MemoryStorage();
    const expected = await train(given, data, runOptions(uninterrupted));
    const metrics = new TextDecoder().decode(uninterrupted.files.get("r/metrics.jsonl"));
    // The n-th change of its kind, counted from 0, and where in it the process dies.
    const kills: [RegExp, number, string][] = [
      [/^create .*manifest/, 0, "middle"],
      [/^append/, 4, "after"],
      [/^write .*model/, 1, "middle"],
      [/^write .*checkpoint/, 1, "moment"],
      // Between the renaming of a checkpoint and the manifest that lists it.
      [/^rename/, 1, "after"],
      [/^write .*manifest/, 1, "middle"],
      // Between the manifest and the removal of the checkpoint that it no longer lists.
      [/^write .*manifest/, 2, "after"],
      [/^write .*manifest/, -1, "before"],
    ];
    for (const [what, nth, when] of kills) {
      const changes = uninterrupted.log.flatMap((line, i) => (what.test(line) ? [i + 1] : []));
      folder = join(root, `kill-${changes.at(nth)}-${when}`);
      const last = await launch(changes.at(nth)!, when);
      if (when !== "moment") expect(last).toBeUndefined();
      const { booster, run } = await train(given, data, runOptions(directoryStorage(folder)));
      expect(run.attempt, `${what} ${when}`).toBeLessThanOrEqual(2);
      expect(modelBytes(booster) === modelBytes(expected.booster)).toBe(true);
      expect(readFileSync(join(folder, "r/metrics.jsonl"), "utf8")).toBe(metrics);
      expect(filesBelow(join(folder, "r")).filter((name) => /tmp|manifest/.test(name))).toHaveLength(1);
      expect((await Result.fromPath(join(folder, "r"))).status).toBe("finished");
    }
  });
});

describe("a run in a folder", () => {
  test("takes a path, and is read by its path", async () => {
    const { run: _, ...options } = runOptions(new MemoryStorage());
    const run = { name: "r", storage: folder, checkpoint: { everyRounds: 4 } };
    const { booster, history } = await train(given, data, { ...options, run });
    const result = await Result.fromPath(join(folder, "r"));
    expect(result).toMatchObject({ name: "r", status: "finished", attempt: 1 });
    expect(result.checkpoints.map(({ round }) => round)).toEqual([8, 10]);
    expect(modelBytes(await result.checkpoint!.load())).toBe(modelBytes(booster));
    expect(result.metrics.map(({ metrics }) => metrics["valid-merror"])).toEqual(history.valid.merror);
    expect(result.metrics.at(-1)!.round).toBe(9);
  });

  test("that does not exist is an error with its place", async () => {
    const error = await catchRejection(Result.fromPath(join(folder, "none")));
    expect(error.message).toBe(`there is no run "none" in ${folder}`);
  });

  test("in a place that cannot be written ends before training", async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "");
    let rounds = 0;
    const options = runOptions(directoryStorage(join(folder, "file")), { onRound: () => rounds++ });
    const error = await catchRejection(train(given, data, options));
    expect(error.code).toBe("INVALID_DATA");
    expect(error.message).toMatch(/^cannot write .*file/);
    expect(rounds).toBe(0);
  });
});

/** Calls `work` with a small file system of its own; false where the machine does not allow it. */
async function withSmallDisk(options: string, work: (path: string) => Promise<void>): Promise<boolean> {
  mkdirSync(folder);
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status !== 0) return false;
  try {
    await work(folder);
  } finally {
    spawnSync("umount", [folder]);
  }
  return true;
}

describe("a disk", () => {
  test("that is full ends the training with its reason; with space again the run goes on", async (context) => {
    const ran = await withSmallDisk("size=1m", async (path) => {
      const options = runOptions(directoryStorage(path));
      const fill = join(path, "filler");
      const onRound = ({ round }: { round: number }): void => {
        if (round === 4) spawnSync("dd", ["if=/dev/zero", `of=${fill}`, "bs=4096"]);
      };
      const error = await catchRejection(train(given, data, { ...options, onRound }));
      expect(error.message).toMatch(/no space left on the device$/);
      rmSync(fill);
      const { booster, run } = await train(given, data, options);
      expect(run.resumedFrom).toBe(3);
      const { booster: expected } = await train(given, data, runOptions(new MemoryStorage()));
      expect(modelBytes(booster)).toBe(modelBytes(expected));
    });
    if (!ran) context.skip("needs to mount a file system");
  });

  test("that is read-only refuses a launch before training, but a finished run can be read", async (context) => {
    const ran = await withSmallDisk("size=4m", async (path) => {
      await train(given, data, runOptions(directoryStorage(path), { rounds: 4 }));
      spawnSync("mount", ["-o", "remount,ro", path]);
      const again = await train(given, data, runOptions(directoryStorage(path), { rounds: 4 }));
      expect(again.run.wasFinished).toBe(true);
      const error = await catchRejection(
        train(given, data, runOptions(directoryStorage(path), { rounds: 6 })),
      );
      expect(error.message).toMatch(/^cannot write .*: the file system is read-only$/);
      expect(existsSync(join(path, "r/metrics.jsonl"))).toBe(true);
    });
    if (!ran) context.skip("needs to mount a file system");
  });
});
