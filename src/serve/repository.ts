// The models of a server by name and version. A load reads all versions of a name anew and swaps them in
// together; what fails to load leaves the old ones in service. Requests hold the version they began with.

import { type Booster, loadModel } from "../booster/booster.ts";
import { CoppiceError, showValue } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { nearestName } from "../core/parameter.ts";
import { statusError } from "./protocol/request-error.ts";
import { type RepositoryOptions, repositoryOptions } from "./serve-options.ts";
import { ServedModel } from "./served-model.ts";

/** Where models come from. */
export interface ModelStore {
  /** What is there now. */
  list(): Promise<readonly StoredModel[]>;
}

export interface StoredModel {
  readonly name: string;
  /** At least one. */
  readonly versions: readonly StoredVersion[];
}

export interface StoredVersion {
  /** A number as text, for example "1". */
  readonly version: string;
  /** The bytes of the model file. */
  read(): Promise<Uint8Array>;
}

/** A line of the repository's index. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: "READY" | "UNAVAILABLE";
  readonly reason: string;
}

interface Slot {
  /** In ascending order of versions; empty when unloaded. */
  readonly versions: readonly ServedModel[];
  readonly reason: string;
}

/** A name that is safe in an address, a file name and a metric. */
export function isModelName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(name);
}

/** Models given as bytes, each as version 1. */
export function memoryStore(models: Readonly<Record<string, Uint8Array>>): ModelStore {
  return {
    list: async () =>
      Object.entries(models).map(([name, bytes]) => ({
        name,
        versions: [{ version: "1", read: async () => bytes }],
      })),
  };
}

export class ModelRepository {
  readonly #store: ModelStore;
  readonly #options: RepositoryOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #pending = new Map<string, Promise<void>>();
  readonly #retired: ((model: ServedModel) => void)[] = [];

  private constructor(store: ModelStore, options: RepositoryOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * A repository with every model of the store loaded; one that cannot be is in the index with its reason.
   *
   * @throws {CoppiceError} INVALID_PARAMETER for an option that does not exist or is out of range
   */
  static async open(store: ModelStore, options: RepositoryOptions = {}): Promise<ModelRepository> {
    checkOptions("ModelRepository.open()", repositoryOptions, options);
    const repository = new ModelRepository(store, options);
    for (const { name } of await store.list()) await repository.load(name).catch(() => undefined);
    return repository;
  }

  /** Calls `visit` for each version that goes out of service. */
  onRetire(visit: (model: ServedModel) => void): void {
    this.#retired.push(visit);
  }

  /** The names that are known, loaded or not. */
  names(): string[] {
    return [...this.#slots.keys()].sort();
  }

  /** All versions in service. */
  models(): ServedModel[] {
    return this.names().flatMap((name) => [...(this.#slots.get(name)?.versions ?? [])]);
  }

  /** The versions of a model in service, ascending; empty when it is unknown or unloaded. */
  versionsOf(name: string): readonly ServedModel[] {
    return this.#slots.get(name)?.versions ?? [];
  }

  /**
   * A version of a model, by default the latest.
   *
   * @throws {CoppiceError} INVALID_DATA with status 404 when it is not in service
   */
  get(name: string, version?: string): ServedModel {
    const slot = this.#slots.get(name);
    const found =
      version === undefined
        ? slot?.versions[slot.versions.length - 1]
        : slot?.versions.find((model) => model.version === version);
    if (found !== undefined) return found;
    if (slot !== undefined && slot.versions.length > 0) {
      throw notFound(`model ${showValue(name)} has no version ${showValue(version)}`);
    }
    if (slot !== undefined) throw notFound(`model ${showValue(name)} is not loaded: ${slot.reason}`);
    const nearest = nearestName(name, this.names());
    const hint = nearest === undefined ? "" : ` (did you mean ${showValue(nearest)}?)`;
    throw notFound(`there is no model ${showValue(name)}${hint}`);
  }

  /** Every model and version, those in the store that are not loaded included. */
  async index(): Promise<IndexEntry[]> {
    const entries = this.models().map(({ name, version }): IndexEntry => {
      return { name, version, state: "READY", reason: this.#slots.get(name)?.reason ?? "" };
    });
    for (const { name, versions } of await this.#store.list()) {
      for (const { version } of versions) {
        if (entries.some((entry) => entry.name === name && entry.version === version)) continue;
        entries.push({
          name,
          version,
          state: "UNAVAILABLE",
          reason: this.#slots.get(name)?.reason ?? "not loaded",
        });
      }
    }
    return entries.sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : Number(a.version) - Number(b.version),
    );
  }

  /**
   * Reads a model from the store and puts it into service.
   *
   * @throws {CoppiceError} INVALID_DATA with status 404 when the store has no such model; INVALID_MODEL when a
   *   file is no model: what was in service stays
   */
  load(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      const stored = (await this.#store.list()).find((model) => model.name === name);
      if (stored === undefined) throw notFound(`there is no model ${showValue(name)} to load`);
      try {
        const versions: ServedModel[] = [];
        for (const version of stored.versions) versions.push(await this.#read(name, version));
        versions.sort((a, b) => Number(a.version) - Number(b.version));
        this.#replace(name, { versions, reason: "" });
      } catch (error) {
        const reason = error instanceof CoppiceError ? error.message : "the model file cannot be read";
        const kept = this.#slots.get(name)?.versions ?? [];
        this.#slots.set(name, { versions: kept, reason: `the last load failed: ${reason}` });
        throw error instanceof CoppiceError ? error : new CoppiceError("INVALID_MODEL", reason, {}, error);
      }
    });
  }

  async #read(name: string, stored: StoredVersion): Promise<ServedModel> {
    const { rounds, driftWindowRows } = this.#options;
    const booster = loadModel(await stored.read());
    return new ServedModel(
      name,
      stored.version,
      rounds === "all" ? booster : throughBestRound(booster),
      driftWindowRows,
    );
  }

  /** Takes a model out of service. @throws {CoppiceError} INVALID_DATA with status 404 when it is unknown */
  unload(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      if (!this.#slots.has(name)) throw notFound(`there is no model ${showValue(name)} to unload`);
      this.#replace(name, { versions: [], reason: "unloaded" });
    });
  }

  #replace(name: string, slot: Slot): void {
    const before = this.#slots.get(name)?.versions ?? [];
    this.#slots.set(name, slot);
    for (const model of before) for (const visit of this.#retired) visit(model);
  }

  /** Loads and unloads of one name follow one another. */
  async #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#pending.get(name);
    const turn = (before ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#pending.set(name, turn);
    try {
      await turn;
    } finally {
      if (this.#pending.get(name) === turn) this.#pending.delete(name);
    }
  }
}

/** The rounds after the best are no part of what is served: no output uses them, and they take no memory. */
function throughBestRound(booster: Booster): Booster {
  const [begin, end] = booster.bestRounds;
  return end < booster.roundCount ? booster.slice(begin, end) : booster;
}

function notFound(message: string): CoppiceError {
  return statusError(404, "INVALID_DATA", message);
}
