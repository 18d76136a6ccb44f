// Models in files: a file's stem is the model's name; a folder named like the model holds a folder per
// version, as other servers have it. What a request names is only ever looked up in this list.
//
//   models/iris.json            iris, version 1
//   models/cover/3/model.ubj    cover, version 3

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { CoppiceError, showValue } from "../../core/errors.ts";
import {
  isModelName,
  type ModelStore,
  type StoredModel,
  type StoredVersion,
} from "../../serve/repository.ts";
import { fileError } from "../files/files.ts";

const EXTENSIONS = [".json", ".ubj"];

/**
 * The models of files and folders, looked at anew each time.
 *
 * @throws {CoppiceError} INVALID_DATA when a path does not exist; INVALID_PARAMETER when two have one name
 */
export async function folderStore(paths: readonly string[]): Promise<ModelStore> {
  const store: ModelStore = { list: () => listModels(paths) };
  for (const path of paths) {
    await stat(path).catch((cause) => {
      throw fileError("read", path, cause);
    });
  }
  await store.list();
  return store;
}

async function listModels(paths: readonly string[]): Promise<StoredModel[]> {
  const found = new Map<string, StoredModel>();
  const add = (model: StoredModel | undefined) => {
    if (model === undefined || !isModelName(model.name)) return;
    if (found.has(model.name)) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `\`models\` must have different names, got ${showValue(model.name)} twice`,
        { parameter: "models" },
      );
    }
    found.set(model.name, model);
  };
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined);
    if (!status?.isDirectory()) {
      if (status) add(fileModel(path));
      continue;
    }
    for (const entry of await namesIn(path)) add(await entryModel(join(path, entry)));
  }
  return [...found.values()];
}

async function namesIn(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).sort();
}

async function entryModel(path: string): Promise<StoredModel | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return versionedModel(path);
  return status && EXTENSIONS.includes(extname(path)) ? fileModel(path) : undefined;
}

function fileModel(path: string): StoredModel {
  return { name: basename(path, extname(path)), versions: [storedVersion("1", path)] };
}

async function versionedModel(path: string): Promise<StoredModel | undefined> {
  const versions: StoredVersion[] = [];
  for (const version of await namesIn(path)) {
    if (!/^[1-9]\d{0,14}$/.test(version)) continue;
    const files = await namesIn(join(path, version));
    const file = files.find((name) => EXTENSIONS.includes(extname(name)));
    if (file !== undefined) versions.push(storedVersion(version, join(path, version, file)));
  }
  return versions.length > 0 ? { name: basename(path), versions } : undefined;
}

function storedVersion(version: string, path: string): StoredVersion {
  return { version, read: () => readFile(path) };
}
