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
  ["model"],
  ["booster"],
  ["input"],
  ["plot"],
  ["parallel"],
  ["distributed"],
  ["serve"],
  ["index.ts", "edge.ts"],
  ["node"],
  ["browser"],
  ["cli"],
  ["demo"],
];

/** Packages by the folders that may import them; a package is named without its subpath. */
const ALLOWED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  input: ["apache-arrow", "hyparquet", "hyparquet-compressors", "hyparquet-writer"],
  plot: ["echarts"],
  cli: ["commander", "log-update"],
};

/** Folders that may use Node (`node:` imports, Buffer, process) and the page (document, window). */
const PLATFORM = { node: ["node", "cli"], page: ["browser", "demo"] };
const NODE_GLOBALS = /(?<![\w.$])(Buffer|process|__dirname|__filename|require|setImmediate)\b(?=\s*[.([])/;
const PAGE_GLOBALS = /(?<![\w.$])(document|window|navigator|localStorage)\b(?=\s*[.([])/;
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

test("no file imports itself through others", () => {
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

test("only platform folders use the platform", () => {
  const usesNode = ({ code, imports }: SourceFile): boolean =>
    NODE_GLOBALS.test(code) || imports.some(({ specifier }) => specifier.startsWith("node:"));
  const outside = (folders: readonly string[]) => (source: SourceFile) =>
    !folders.includes(layerName(source.path));
  const paths = (found: readonly SourceFile[]) => found.map(({ path }) => path);
  expect(paths(sources.filter(outside(PLATFORM.node)).filter(usesNode))).toEqual([]);
  expect(paths(sources.filter(outside(PLATFORM.page)).filter(({ code }) => PAGE_GLOBALS.test(code)))).toEqual(
    [],
  );
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
  const training = /^(tree\/(?!tree\.ts)|booster\/train|data\/(sketch|cuts|binned|bundle)|metric\/)/;
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
  expect(parseSource("data/x.ts", text).imports.map((i) => i.file ?? i.specifier)).toEqual([
    "core/a.ts",
    "data/c.ts",
    "pkg/sub",
    "data/e.ts",
    "data/f.ts",
    "node:side-effect",
    "data/late.ts",
  ]);
});
