// A process that trains with a run in a folder and kills itself with SIGKILL before, in the middle of or
// after its n-th change of the storage. Arguments: the folder, n (0: never), and where in the change.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { directoryStorage } from "../../src/node/files/directory-storage.ts";
import type { RunStorage } from "../../src/run/storage.ts";
import { train } from "../../src/run/train-run.ts";
import { data, given, modelBytes, runOptions } from "./training.ts";

const [folder, count, when] = process.argv.slice(2);
const storage = directoryStorage(folder);
let changes = 0;

/** The change `work` of a file at `path`, with the death that was asked for. */
async function change<T>(path: string, bytes: Uint8Array | undefined, work: () => Promise<T>): Promise<T> {
  changes++;
  if (changes !== Number(count)) return work();
  if (when === "middle" && bytes !== undefined) {
    // What a write that was cut off leaves: half of a temporary file.
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file.replace(/([^/]*)$/, ".$1")}.0a0b.tmp`, bytes.subarray(0, bytes.length >> 1));
  }
  if (when === "moment") {
    // At no chosen place: somewhere within the system calls of the change.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 0);
    return work();
  }
  if (when === "after") await work();
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}

const killable: RunStorage = {
  location: storage.location,
  read: (path) => storage.read(path),
  list: (path) => storage.list(path),
  write: (path, bytes, isDraft) => change(path, bytes, () => storage.write(path, bytes, isDraft)),
  create: (path, bytes) => change(path, bytes, () => storage.create(path, bytes)),
  append: (path, bytes) => change(path, undefined, () => storage.append(path, bytes)),
  rename: (from, to) => change(to, undefined, () => storage.rename(from, to)),
  remove: (path) => change(path, undefined, () => storage.remove(path)),
};

const { booster, run } = await train(given, data, runOptions(killable));
writeFileSync(join(folder, "model.json"), modelBytes(booster));
console.log(JSON.stringify({ changes, ...run }));
