// Models in files: a file's stem is the model's name; a folder named like the model holds a folder per
// version, as other servers have it. What a request names is only ever looked up in this list.
//
//   models/iris.json            iris, version 1
//   models/cover/3/model.ubj    cover, version 3

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { Place } from "../../place/place.ts";
import { nameOf } from "../../place/places.ts";
import {
  isModelName,
  type ModelStore,
  type StoredModel,
  type StoredVersion,
} from "../../serve/repository.ts";
import { places } from "../files/places.ts";

const MODEL_FILE = /\.(json|ubj)$/;

/**
 * The models of files and folders, looked at anew each time.
 *
 * @throws {CoppiceError} INVALID_DATA when a path does not exist; INVALID_PARAMETER when two have one name, or for
 *   a URL of an unknown scheme
 */
export async function folderStore(paths: readonly string[]): Promise<ModelStore> {
  const store: ModelStore = { list: () => listModels(paths) };
  places.check("models", paths);
  for (const path of paths) await places.of(path).stat(path);
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
    const place = places.of(path, "models");
    const kind = await kindOf(place, path);
    if (kind === "folder") {
      for (const name of await namesIn(place, path)) add(await entryModel(place, path, name));
    } else if (kind !== undefined) add(fileModel(place, path));
  }
  return [...found.values()];
}

async function kindOf(place: Place, path: string): Promise<"file" | "folder" | undefined> {
  const entry = await place.stat(path).catch(() => undefined);
  return entry && (entry.kind === "folder" ? "folder" : "file");
}

async function namesIn(place: Place, folder: string): Promise<string[]> {
  return (await place.list(folder)).filter((name) => !name.startsWith(".")).sort();
}

async function entryModel(place: Place, folder: string, name: string): Promise<StoredModel | undefined> {
  const path = place.join(folder, name);
  const kind = await kindOf(place, path);
  if (kind === "folder") return versionedModel(place, path);
  return kind && MODEL_FILE.test(name) ? fileModel(place, path) : undefined;
}

function fileModel(place: Place, path: string): StoredModel {
  const name = nameOf(place.resolve(path)).replace(/(?<=.)\.[^.]*$/, "");
  return { name, versions: [storedVersion(place, "1", path)] };
}

async function versionedModel(place: Place, path: string): Promise<StoredModel | undefined> {
  const versions: StoredVersion[] = [];
  for (const version of await namesIn(place, path)) {
    if (!/^[1-9]\d{0,14}$/.test(version)) continue;
    const folder = place.join(path, version);
    const file = (await namesIn(place, folder)).find((name) => MODEL_FILE.test(name));
    if (file !== undefined) versions.push(storedVersion(place, version, place.join(folder, file)));
  }
  return versions.length > 0 ? { name: nameOf(place.resolve(path)), versions } : undefined;
}

function storedVersion(place: Place, version: string, path: string): StoredVersion {
  const read = () =>
    place.read(path).catch((cause) => {
      // The message is told to clients, whom paths of the server are no business of.
      throw new Error("the model file cannot be read", { cause });
    });
  return { version, read };
}
