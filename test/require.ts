// What a test may need from the machine besides Node: Python packages, real data, a browser, the
// package registry. Where it is absent the test is skipped with its reason in the summary; under
// COPPICE_TEST_REQUIRE=all, or a comma-separated list of names, its absence fails instead.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, test } from "vitest";
import { dataFolder, dataPath, python, rootFolder, servePython } from "./machine.ts";

export { dataPath, python, rootFolder, servePython } from "./machine.ts";

/** A Python module by its import name, or a thing of the machine. "data:x.gz" is the file x.gz of the data folder. */
export type RequirementName =
  | "python"
  | "numpy"
  | "xgboost"
  | "lightgbm"
  | "pandas"
  | "pyarrow"
  | "tritonclient"
  | "kserve"
  | "schemathesis"
  | "data"
  | `data:${string}`
  | "chromium"
  | "firefox"
  | "deno"
  | "bun"
  | "workerd"
  | "ray"
  | "mpirun"
  | "registry";

export interface Requirement {
  readonly name: RequirementName;
  readonly isMet: boolean;
  /** Why it is not met; empty when it is. */
  readonly reason: string;
}

/**
 * Whether the thing is there.
 *
 * @throws {Error} when it is absent although COPPICE_TEST_REQUIRE names it
 */
export function requirement(name: RequirementName): Requirement {
  const found = look(name);
  if (!found.isMet && isRequired(name)) throw absent(found);
  return found;
}

/** `describe`, skipped as a whole (hooks included) where one of the things is absent. */
export function describeNeeding(
  names: RequirementName | readonly RequirementName[],
  title: string,
  body: () => void,
): void {
  const missing = firstMissing(names);
  describe(title, missing === undefined ? body : () => test(`needs ${missing.name}`, standIn(missing)));
}

/** `test`, skipped where one of the things is absent. */
export function testNeeding(
  names: RequirementName | readonly RequirementName[],
  title: string,
  body: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const missing = firstMissing(names);
  test(title, missing === undefined ? body : standIn(missing), timeoutMs);
}

function firstMissing(names: RequirementName | readonly RequirementName[]): Requirement | undefined {
  const all = typeof names === "string" ? [names] : (names as readonly RequirementName[]);
  return all.map(look).find((found) => !found.isMet);
}

/** The test that stands for those that cannot run. */
function standIn(missing: Requirement): (context: { skip: (note?: string) => never }) => void {
  return ({ skip }) => {
    if (isRequired(missing.name)) throw absent(missing);
    skip(`needs ${missing.name}: ${missing.reason}`);
  };
}

function absent(missing: Requirement): Error {
  return new Error(`COPPICE_TEST_REQUIRE asks for ${missing.name}: ${missing.reason}`);
}

function isRequired(name: RequirementName): boolean {
  const required = (process.env.COPPICE_TEST_REQUIRE ?? "").split(",").map((part) => part.trim());
  return required.includes("all") || required.includes(name) || required.includes(name.split(":")[0]);
}

const known = new Map<RequirementName, Requirement>();

function look(name: RequirementName): Requirement {
  let found = known.get(name);
  if (found === undefined) {
    const reason = findReason(name);
    found = { name, isMet: reason === "", reason };
    known.set(name, found);
  }
  return found;
}

/** Why `name` is not met, or "". */
function findReason(name: RequirementName): string {
  if (name === "python") return pythonModules() === undefined ? `${python} does not run` : "";
  if (name === "data") return existsSync(dataFolder) ? "" : `no folder ${dataFolder}`;
  if (name.startsWith("data:")) {
    const path = dataPath(name.slice("data:".length));
    return existsSync(path) ? "" : `no file ${path}`;
  }
  if (name === "chromium") return findChromium() === undefined ? "no chromium on the path" : "";
  if (name === "ray") return rayCommand() === undefined ? "no ray on the path, and none in .venv-ray" : "";
  if (name === "mpirun") return runs("mpirun", "--version") ? "" : "no mpirun on the path";
  if (name === "firefox") return findFirefox() === undefined ? "no firefox on the path" : "";
  if (name in RUNTIMES)
    return existsSync(runtimePath(name as Runtime)) ? "" : `npm brought no ${name} for this machine`;
  if (name === "registry") return canReachRegistry() ? "" : "the package registry does not answer";
  const interpreter = CLIENTS.includes(name) ? servePython : python;
  const version = pythonModules(interpreter)?.[name];
  if (version === undefined) return `${interpreter} has no module ${name}`;
  if (name === "xgboost" && version !== "3.4.1") return `${python} has xgboost ${version}, not 3.4.1`;
  return "";
}

/** Clients of model servers, which need versions of packages that other tests cannot have. */
const CLIENTS: readonly RequirementName[] = ["tritonclient", "kserve", "schemathesis"];

const modules = new Map<string, Record<string, string> | undefined>();

/** Versions of the Python modules that are there, found without importing them. */
function pythonModules(interpreter: string = python): Record<string, string> | undefined {
  if (!modules.has(interpreter)) {
    const program = [
      "import importlib.util, importlib.metadata as metadata, json",
      "names = ('numpy','xgboost','lightgbm','pandas','pyarrow','tritonclient','kserve','schemathesis')",
      "names = [n for n in names if importlib.util.find_spec(n)]",
      "by_module = metadata.packages_distributions()",
      "print(json.dumps({n: metadata.version(by_module[n][0]) for n in names if n in by_module}))",
    ].join("\n");
    const run = spawnSync(interpreter, ["-c", program], { encoding: "utf8", timeout: 60_000 });
    modules.set(
      interpreter,
      run.status === 0 ? (JSON.parse(run.stdout) as Record<string, string>) : undefined,
    );
  }
  return modules.get(interpreter);
}

/** COPPICE_CHROMIUM, else the first of the usual commands that runs. */
export function findChromium(): string | undefined {
  const commands = ["chromium", "chromium-browser", "google-chrome"];
  const candidates = process.env.COPPICE_CHROMIUM ? [process.env.COPPICE_CHROMIUM] : commands;
  return candidates.find((command) => spawnSync(command, ["--version"], { timeout: 20_000 }).status === 0);
}

/** COPPICE_RAY, else .venv-ray/bin/ray, else ray: the command of a Ray with its dashboard ("ray[default]"). */
export function rayCommand(): string | undefined {
  const candidates = process.env.COPPICE_RAY
    ? [process.env.COPPICE_RAY]
    : [`${rootFolder}.venv-ray/bin/ray`, "ray"];
  return candidates.find((command) => runs(command, "--version"));
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { timeout: 30_000 }).status === 0;
}

/** COPPICE_FIREFOX, else the first of the usual commands that runs. */
export function findFirefox(): string | undefined {
  const commands = ["firefox-esr", "firefox"];
  const candidates = process.env.COPPICE_FIREFOX ? [process.env.COPPICE_FIREFOX] : commands;
  return candidates.find((command) => spawnSync(command, ["--version"], { timeout: 20_000 }).status === 0);
}

/** Where npm puts the program of each runtime, for Linux on x64. Bun's install script, where it ran, moves it. */
const RUNTIMES = {
  deno: ["@deno/linux-x64-glibc/deno"],
  bun: ["@oven/bun-linux-x64/bin/bun", "bun/bin/bun.exe"],
  workerd: ["@cloudflare/workerd-linux-64/bin/workerd"],
} as const;
export type Runtime = keyof typeof RUNTIMES;

/** The first of the places that has the program; the first of all when none has. */
export function runtimePath(name: Runtime): string {
  const places = RUNTIMES[name].map((place) => `${rootFolder}node_modules/${place}`);
  return places.find((place) => existsSync(place)) ?? places[0];
}

function canReachRegistry(): boolean {
  const probe = ["view", "commander", "version", "--fetch-retries=0", "--fetch-timeout=20000"];
  return spawnSync("npm", probe, { timeout: 60_000 }).status === 0;
}
