// Where this machine keeps what tests and benchmarks compare with. Python: COPPICE_PYTHON, else
// .venv/bin/python, else python3. Real data: COPPICE_DATA, else ../shared/data beside the repository.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root folder, with a trailing slash. */
export const rootFolder: string = fileURLToPath(new URL("../", import.meta.url));

/** The build that tests run: COPPICE_DIST, else that of `npm run build`. */
export const distFolder: string = process.env.COPPICE_DIST ?? `${rootFolder}dist`;

/** The Python that tests run, as a path or a command name. */
export const python: string = findPython();

/** The Python with clients of model servers: COPPICE_SERVE_PYTHON, else .venv-serve/bin/python, else `python`. */
export const servePython: string = findServePython();

/** The folder of real data sets, whether or not it exists. */
export const dataFolder: string =
  process.env.COPPICE_DATA ?? fileURLToPath(new URL("../../shared/data/", import.meta.url));

/** The path of a real data file, whether or not it exists. */
export function dataPath(file: string): string {
  return `${dataFolder.replace(/\/$/, "")}/${file}`;
}

function findPython(): string {
  if (process.env.COPPICE_PYTHON) return process.env.COPPICE_PYTHON;
  const own = `${rootFolder}.venv/bin/python`;
  return existsSync(own) ? own : "python3";
}

function findServePython(): string {
  if (process.env.COPPICE_SERVE_PYTHON) return process.env.COPPICE_SERVE_PYTHON;
  const own = `${rootFolder}.venv-serve/bin/python`;
  return existsSync(own) ? own : python;
}
