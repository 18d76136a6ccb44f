// A storage of runs in memory that can die before or in the middle of its n-th change, as a killed process
// would: from then on every call rejects, and the files stay as they were for the next storage over them.

import type { RunStorage } from "../../src/run/storage.ts";

/** What a crashed storage rejects with. */
export class Crash extends Error {}

export class MemoryStorage implements RunStorage {
  readonly location: string = "memory";
  readonly files: Map<string, Uint8Array>;
  /** Calls that change something, so far. */
  changes = 0;
  /** What each of them was. */
  readonly log: string[] = [];
  /** Awaited before each change is made, with its number: what happens while a writer stands still. */
  pause: (change: number) => Promise<void> = async () => {};
  #crashAt: number;
  #isDead = false;
  #failure: { at: number; error: Error } | undefined;

  constructor(files: Map<string, Uint8Array> = new Map(), crashAt: number = Infinity) {
    this.files = files;
    this.#crashAt = crashAt;
  }

  /** Lets the n-th change fail with an error, after which the storage works again. */
  failAt(change: number, error: Error): void {
    this.#failure = { at: change, error };
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.#live();
    return this.files.get(path)?.slice();
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#change(`write ${path}`, () => this.#leaveTemporary(path, bytes));
    this.files.set(path, bytes.slice());
  }

  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    await this.#change(`create ${path}`, () => this.#leaveTemporary(path, bytes));
    if (this.files.has(path)) return false;
    this.files.set(path, bytes.slice());
    return true;
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const add = (part: Uint8Array) => {
      this.files.set(path, Uint8Array.from([...(this.files.get(path) ?? []), ...part]));
    };
    await this.#change(`append ${path}`, () => add(bytes.subarray(0, bytes.length >> 1)));
    add(bytes);
  }

  async list(folder: string): Promise<string[]> {
    this.#live();
    const prefix = folder === "" ? "" : `${folder}/`;
    const names = [...this.files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split("/")[0]);
    return [...new Set(names)].sort();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change(`rename ${from} ${to}`, () => {});
    const isAt = (path: string, place: string) => path === place || path.startsWith(`${place}/`);
    if ([...this.files.keys()].some((path) => isAt(path, to))) throw new Error(`${to} is taken`);
    for (const [path, bytes] of [...this.files]) {
      if (!isAt(path, from)) continue;
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), bytes);
    }
  }

  async remove(path: string): Promise<void> {
    const inside = () =>
      [...this.files.keys()].filter((file) => file === path || file.startsWith(`${path}/`));
    // A folder goes file by file.
    await this.#change(`remove ${path}`, () => inside().length > 0 && this.files.delete(inside()[0]));
    for (const file of inside()) this.files.delete(file);
  }

  #leaveTemporary(path: string, bytes: Uint8Array): void {
    const at = path.lastIndexOf("/") + 1;
    const temporary = `${path.slice(0, at)}.${path.slice(at)}.0.tmp`;
    this.files.set(temporary, bytes.slice(0, bytes.length >> 1));
  }

  #live(): void {
    if (this.#isDead) throw new Crash("dead");
  }

  /** @param half what is left of the change when the crash comes in its middle */
  async #change(what: string, half: () => unknown): Promise<void> {
    this.#live();
    this.changes++;
    this.log.push(what);
    await this.pause(this.changes);
    if (this.#failure?.at === this.changes) throw this.#failure.error;
    if (this.changes < this.#crashAt) return;
    this.#isDead = true;
    half();
    throw new Crash(`killed in ${what}`);
  }
}
