// Finishes the browser part of the build; runs after tsc. The program of the worker is bundled and minified
// into one script without imports, which is a module and a classic script alike: dist/browser/worker.js is
// that script, so that a page without a bundler can start it and a bundler has nothing to split, and
// worker-source.js holds its text. standalone.js is the page part with all that it imports.
// A folder other than dist may be named.

import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = `${process.argv[2] ?? `${root}dist`}/browser`;

async function bundle(file: string, format: "iife" | "esm"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${folder}/${file}`],
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    write: false,
    legalComments: "none",
    nodePaths: [`${root}node_modules`],
    external: format === "esm" ? ["apache-arrow", "hyparquet", "hyparquet-compressors"] : [],
  });
  return outputFiles[0].text;
}

function put(file: string, text: string): void {
  writeFileSync(`${folder}/${file}`, text);
  rmSync(`${folder}/${file}.map`, { force: true });
}

const program = await bundle("worker.js", "iife");
put("worker.js", program);
put("worker-source.js", `export const workerSource = ${JSON.stringify(program)};\n`);
put("standalone.js", await bundle("standalone.js", "esm"));
