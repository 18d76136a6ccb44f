// What src may import: the layers, packages and platforms of docs/internals/layers.md.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { type Layer, layerOf, readLayers } from "./layers.ts";
import { rootFolder } from "./require.ts";
import { parseSource, reachableFrom, readSources, type SourceFile } from "./source-files.ts";

const NODE_GLOBALS = ["Buffer", "process", "__dirname", "__filename", "require", "setImmediate"];
const PAGE_GLOBALS = ["document", "window", "navigator", "localStorage"];
const layers = readLayers();
const sources = readSources();

/** The layer of a file that lies in one, as the first test holds. */
function layer(path: string): Layer {
  return layerOf(path, layers) as Layer;
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

test("every file of src lies in a layer, and every layer holds files", () => {
  const homeless = sources.filter(({ path }) => layerOf(path, layers) === undefined);
  expect(homeless.map(({ path }) => path)).toEqual([]);
  const used = new Set(sources.map(({ path }) => layer(path)));
  expect(layers.filter((each) => !used.has(each)).map(({ name }) => name)).toEqual([]);
});

test("every relative import names a file of src by its .ts name", () => {
  const known = new Set(sources.map(({ path }) => path));
  expect(importsWhere((_, { file }) => file !== undefined && !known.has(file))).toEqual([]);
});

test("a layer imports only layers before it", () => {
  const isUpward = ({ path }: SourceFile, file: string): boolean =>
    layer(file) !== layer(path) && layer(file).rank >= layer(path).rank;
  expect(importsWhere((source, { file }) => file !== undefined && isUpward(source, file))).toEqual([]);
});

test("the page and Node do not import each other", () => {
  const crosses = ({ path }: SourceFile, file: string): boolean =>
    layer(file).platform !== "web" && layer(file).platform !== layer(path).platform;
  expect(importsWhere((source, { file }) => file !== undefined && crosses(source, file))).toEqual([]);
});

test("no file leads to itself through the imports of others, of types too", () => {
  const targets = sources.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]);
  expect(findCycles(Object.fromEntries(targets))).toEqual([]);
});

test("no folder imports itself through others, but a parent is the entry of its folders", () => {
  const targets: Record<string, string[]> = {};
  const isKin = (a: string, b: string): boolean => `${b}/`.startsWith(`${a}/`) || `${a}/`.startsWith(`${b}/`);
  for (const { path, imports } of sources) {
    const folder = posix.dirname(path);
    targets[folder] ??= [];
    for (const { file } of imports) {
      if (file !== undefined && !isKin(folder, posix.dirname(file)))
        targets[folder].push(posix.dirname(file));
    }
  }
  expect(findCycles(targets)).toEqual([]);
});

/** Cycles of a graph given as the targets of each name, as "a -> b -> a". */
function findCycles(targets: Readonly<Record<string, readonly string[]>>): string[] {
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    if (state.get(name) === "done") return;
    if (state.get(name) === "open") {
      cycles.push([...trail.slice(trail.indexOf(name)), name].join(" -> "));
      return;
    }
    state.set(name, "open");
    for (const target of targets[name] ?? []) visit(target, [...trail, name]);
    state.set(name, "done");
  };
  for (const name of Object.keys(targets)) visit(name, []);
  return cycles;
}

test("a cycle is found, a diamond is none", () => {
  expect(findCycles({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })).toEqual([]);
  expect(findCycles({ a: ["b"], b: ["c"], c: ["b"] })).toEqual(["b -> c -> b"]);
});

test("packages are imported only where they belong", () => {
  const isMisplaced = ({ path }: SourceFile, specifier: string): boolean =>
    !layer(path).packages.includes(packageName(specifier));
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

test("only platform layers use the platform", () => {
  const outside = (platform: Layer["platform"]) =>
    sources.filter(({ path }) => layer(path).platform !== platform);
  const importsNode = ({ imports }: SourceFile): boolean =>
    imports.some(({ specifier }) => specifier.startsWith("node:"));
  const wrong = [
    ...outside("Node").filter((source) => importsNode(source) || usesGlobal(source, NODE_GLOBALS)),
    ...outside("page").filter((source) => usesGlobal(source, PAGE_GLOBALS)),
  ];
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("the neutral type check covers every layer of the web, and sees no types of Node or of a page", () => {
  const tsc = `${rootFolder}node_modules/typescript/bin/tsc`;
  const args = [tsc, "-p", `${rootFolder}tsconfig.neutral.json`, "--listFilesOnly"];
  const listed = spawnSync(process.execPath, args, { encoding: "utf8" }).stdout.split("\n");
  expect(listed.filter((path) => /lib\.dom\.|@types\/node\//.test(path))).toEqual([]);
  const own = listed.filter((path) => path.startsWith(`${rootFolder}src/`));
  const neutral = sources.filter(({ path }) => layer(path).platform === "web").map(({ path }) => path);
  expect(own.map((path) => path.slice(`${rootFolder}src/`.length)).sort()).toEqual(neutral);
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
  const training =
    /^(tree\/(?!tree\.ts)|training\/|data\/(sketch|cuts|binned|bundle)|metric\/|objective\/(?!(output-rule|outputs|task|transform)\.ts))/;
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
