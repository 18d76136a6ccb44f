// Runs in the browser's own database (IndexedDB): one record a file, its path the key. Every operation is
// one transaction, so a tab that is killed leaves the state before it or after it, and renaming a folder
// is one step as well. Transactions ask to be flushed to the disk before they are said to be done.

import { CoppiceError } from "../core/errors.ts";
import type { RunStorage } from "../run/storage.ts";

const STORE = "files";

/**
 * A storage of runs of this origin; pages and workers that give the same name share it.
 *
 * @param name of the database
 */
export function databaseStorage(name = "coppice-runs"): RunStorage {
  return new DatabaseStorage(name);
}

class DatabaseStorage implements RunStorage {
  readonly location: string;
  #database: Promise<IDBDatabase> | undefined;

  constructor(name: string) {
    this.location = name;
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#run("readonly", path, (files, done) => {
      files.get(path).onsuccess = ({ target }) => done(resultOf<Uint8Array | undefined>(target));
    });
  }

  write(path: string, bytes: Uint8Array): Promise<void> {
    return this.#run("readwrite", path, (files, done) => {
      // A copy: a view would store all of the buffer that it looks at.
      files.put(bytes.slice(), path).onsuccess = () => done(undefined);
    });
  }

  create(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.#run("readwrite", path, (files, done) => {
      files.getKey(path).onsuccess = ({ target }) => {
        if (resultOf(target) !== undefined) return done(false);
        files.put(bytes.slice(), path);
        done(true);
      };
    });
  }

  append(path: string, bytes: Uint8Array): Promise<void> {
    return this.#run("readwrite", path, (files, done) => {
      files.get(path).onsuccess = ({ target }) => {
        const old = resultOf<Uint8Array | undefined>(target) ?? new Uint8Array(0);
        const all = new Uint8Array(old.length + bytes.length);
        all.set(old);
        all.set(bytes, old.length);
        files.put(all, path);
        done(undefined);
      };
    });
  }

  list(folder: string): Promise<string[]> {
    const prefix = folder === "" ? "" : `${folder}/`;
    return this.#run("readonly", folder, (files, done) => {
      files.getAllKeys(prefix === "" ? null : inside(prefix)).onsuccess = ({ target }) => {
        const names = resultOf<string[]>(target).map((path) => path.slice(prefix.length).split("/")[0]);
        done([...new Set(names)].sort());
      };
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run("readwrite", to, (files, done, fail) => {
      files.getAllKeys().onsuccess = ({ target }) => {
        const paths = resultOf<string[]>(target);
        const isAt = (path: string, place: string) => path === place || path.startsWith(`${place}/`);
        const moved = paths.filter((path) => isAt(path, from));
        if (paths.some((path) => isAt(path, to))) return fail(new Error("the name is taken"));
        if (moved.length === 0) return fail(new Error(`there is no ${from}`));
        for (const path of moved) {
          files.get(path).onsuccess = ({ target: found }) => {
            files.put(resultOf(found), to + path.slice(from.length));
            files.delete(path);
          };
        }
        done(undefined);
      };
    });
  }

  remove(path: string): Promise<void> {
    return this.#run("readwrite", path, (files, done) => {
      files.delete(path);
      files.delete(inside(`${path}/`));
      done(undefined);
    });
  }

  /** One transaction; its promise is fulfilled with what `work` calls done once it is complete. */
  async #run<T>(
    mode: IDBTransactionMode,
    path: string,
    work: (files: IDBObjectStore, done: (value: T) => void, fail: (cause: Error) => void) => void,
  ): Promise<T> {
    try {
      this.#database ??= openDatabase(this.location);
      const database = await this.#database;
      return await new Promise<T>((resolve, reject) => {
        const transaction = database.transaction(STORE, mode, { durability: "strict" });
        let result: T;
        let failure: Error | undefined;
        transaction.oncomplete = () => resolve(result);
        transaction.onabort = () => reject(failure ?? transaction.error);
        const fail = (cause: Error) => {
          failure = cause;
          transaction.abort();
        };
        work(transaction.objectStore(STORE), (value) => (result = value), fail);
      });
    } catch (cause) {
      const action = mode === "readonly" ? "read" : "write";
      const reason = cause instanceof Error || cause instanceof DOMException ? cause.message : String(cause);
      const message = `cannot ${action} ${path} in the browser's database ${this.location}: ${reason}`;
      throw new CoppiceError("INVALID_DATA", message, { path }, cause);
    }
  }
}

/** All keys that begin with `prefix`, which ends in "/". */
function inside(prefix: string): IDBKeyRange {
  // "0" is the character after "/".
  return IDBKeyRange.bound(prefix, `${prefix.slice(0, -1)}0`, false, true);
}

function resultOf<T>(target: EventTarget | null): T {
  return (target as IDBRequest<T>).result;
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
