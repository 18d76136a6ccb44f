// The layers of src, the one place where they are written as code: a folder imports only folders
// before it in LAYERS, packages only where ALLOWED_PACKAGES says, the platform only in PLATFORM.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rootFolder } from "./require.ts";
import { parseSource, reachableFrom, readSources, type SourceFile } from "./source-files.ts";

/** From the bottom up. A file directly in src is a layer of its own; those in one entry do not see each other. */
const LAYERS: readonly (readonly string[])[] = [
  ["core"],
  ["data"],
  ["objective"],
  ["metric"],
  ["kernel"],
  ["tree"],
  ["parallel"],
  ["model"],
  ["booster"],
  ["training"],
  ["run"],
  ["input"],
  ["datasets"],
  ["plot"],
  ["distributed"],
  ["serve"],
  ["index.ts", "edge.ts", "serve.ts", "client.ts"],
  ["node"],
  ["browser"],
  ["cli"],
  ["demo"],
];

/** Packages by the folders that may import them; a package is named without its subpath. */
const ALLOWED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  input: ["apache-arrow", "hyparquet", "hyparquet-compressors", "hyparquet-writer"],
  plot: ["echarts"],
  serve: ["hono"],
  node: ["@hono/node-server", "prom-client"],
  browser: ["comlink"],
  cli: ["commander", "log-update"],
};

/** Folders that may use Node (`node:` imports, Buffer, process) and the page (document, window). */
const PLATFORM = { node: ["node", "cli"], page: ["browser", "demo"] };
const NODE_GLOBALS = ["Buffer", "process", "__dirname", "__filename", "require", "setImmediate"];
const PAGE_GLOBALS = ["document", "window", "navigator", "localStorage"];
const sources = readSources();

function layerName(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

function layerRank(path: string): number {
  return LAYERS.findIndex((layer) => layer.includes(layerName(path)));
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function importsWhere(
  isWrong: (source: SourceFile, target: SourceFile["imports"][number]) => boolean,
): string[] {
  return sources.flatMap((source) =>
    source.imports.filter((target) => isWrong(source, target)).map((t) => `${source.path} -> ${t.specifier}`),
  );
}

test("every file of src lies in a layer", () => {
  expect(sources.filter(({ path }) => layerRank(path) === -1).map(({ path }) => path)).toEqual([]);
  expect(sources.length).toBeGreaterThan(5);
});

test("every relative import names a file of src by its .ts name", () => {
  const known = new Set(sources.map(({ path }) => path));
  expect(importsWhere((_, { file }) => file !== undefined && !known.has(file))).toEqual([]);
});

test("a folder imports only folders before it", () => {
  const isUpward = ({ path }: SourceFile, file: string): boolean =>
    layerName(file) !== layerName(path) && layerRank(file) >= layerRank(path);
  expect(importsWhere((source, { file }) => file !== undefined && isUpward(source, file))).toEqual([]);
});

test("no file leads to itself through the imports of others, of types too", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    state.set(path, "open");
    for (const { file } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined) visit(file, [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const { path } of sources) visit(path, []);
  expect(cycles).toEqual([]);
});

test("packages are imported only where they belong", () => {
  const isMisplaced = ({ path }: SourceFile, specifier: string): boolean =>
    !(ALLOWED_PACKAGES[layerName(path)] ?? []).includes(packageName(specifier));
  expect(
    importsWhere(
      (source, { specifier, file }) =>
        file === undefined && !specifier.startsWith("node:") && isMisplaced(source, specifier),
    ),
  ).toEqual([]);
});

test("every imported package is a dependency, and every dependency is imported", () => {
  const { dependencies } = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as {
    dependencies: Record<string, string>;
  };
  const imported = sources.flatMap(({ imports }) =>
    imports.filter(({ file, specifier }) => file === undefined && !specifier.startsWith("node:")),
  );
  const names = new Set(imported.map(({ specifier }) => packageName(specifier)));
  expect([...names].sort()).toEqual(Object.keys(dependencies).sort());
});

/** Whether the file uses one of the names and does not declare it itself. */
function usesGlobal({ code }: SourceFile, names: readonly string[]): boolean {
  return names.some((name) => {
    const isUsed = new RegExp(`(?<![\\w.$])${name}\\s*[.([]`).test(code);
    return isUsed && !new RegExp(`\\b(const|let|function)\\s+${name}\\b|\\b${name}\\??\\s*:`).test(code);
  });
}

test("only platform folders use the platform", () => {
  const outside = (folders: readonly string[]) =>
    sources.filter(({ path }) => !folders.includes(layerName(path)));
  const importsNode = ({ imports }: SourceFile): boolean =>
    imports.some(({ specifier }) => specifier.startsWith("node:"));
  const wrong = [
    ...outside(PLATFORM.node).filter((source) => importsNode(source) || usesGlobal(source, NODE_GLOBALS)),
    ...outside(PLATFORM.page).filter((source) => usesGlobal(source, PAGE_GLOBALS)),
  ];
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test.each(["index.ts", "edge.ts"])("%s loads no package and no platform", (entry) => {
  const loaded = reachableFrom(entry, sources);
  expect(loaded.map(({ path }) => path)).toContain(entry);
  const packages = loaded.flatMap(({ path, imports }) =>
    imports.filter((i) => i.file === undefined && !i.isDynamic).map((i) => `${path} -> ${i.specifier}`),
  );
  expect(packages).toEqual([]);
});

test("edge.ts loads nothing that trains", () => {
  const training = /^(tree\/(?!tree\.ts)|training\/|data\/(sketch|cuts|binned|bundle)|metric\/)/;
  expect(reachableFrom("edge.ts", sources).filter(({ path }) => training.test(path))).toEqual([]);
});

test("every entry of the package has its source", () => {
  const { exports } = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as {
    exports: Record<string, string | { default: string }>;
  };
  for (const target of Object.values(exports)) {
    if (typeof target === "string") continue;
    const source = target.default.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts");
    expect(existsSync(rootFolder + source), source).toBe(true);
  }
});

test("every file opens by saying what it is", () => {
  const silent = sources.filter(({ text }) => !/^(#![^\n]*\n)?\/\/ \S/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("imports are found in every form", () => {
  const text = `// import "commented" from "x";
import { a, type B } from "../core/a.ts";
import type { C } from "./c.ts";
import * as d from "pkg/sub";
export { e } from "./e.ts";
export * from "./f.ts";
import "node:side-effect";
const text = 'import "no"'; /* from "neither" */
const late = await import("./late.ts");`;
  const { imports } = parseSource("data/x.ts", text);
  expect(imports.map((i) => i.file ?? i.specifier)).toEqual([
    "core/a.ts",
    "data/c.ts",
    "pkg/sub",
    "data/e.ts",
    "data/f.ts",
    "node:side-effect",
    "data/late.ts",
  ]);
  expect(imports.filter((i) => i.isType).map((i) => i.file)).toEqual(["data/c.ts"]);
  expect(imports.filter((i) => i.isDynamic).map((i) => i.file)).toEqual(["data/late.ts"]);
});
