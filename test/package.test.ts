// What users get: the packed tarball, installed in an empty folder, used from JavaScript and compiled
// against from TypeScript without Node's types and with every declaration file checked.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, rootFolder } from "./require.ts";

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly PackedFile[];
}

let folder: string;
let tarball: string;
let files: readonly PackedFile[];

/** Runs a command in `cwd` and returns what it printed; fails with all of it when the command fails. */
function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coppice-package-"));
  // The build has run already (scripts/test.ts); building here would change files under other tests.
  const report = run(rootFolder, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
  const parsed = JSON.parse(report) as PackReport[] | Record<string, PackReport>;
  const [packed] = Object.values(parsed);
  tarball = join(folder, packed.filename);
  files = packed.files;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball holds the build and four documents, nothing else", () => {
  const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  const others = files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
  expect(others.sort()).toEqual(documents);
  const built = files.map(({ path }) => path).filter((path) => path.startsWith("dist/"));
  expect(built.filter((path) => !/\.(js|d\.ts|js\.map)$/.test(path))).toEqual([]);
});

test("every entry and the command are in the tarball", () => {
  const paths = new Set(files.map(({ path }) => `./${path}`));
  const manifest = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as {
    exports: Record<string, string | Record<string, string>>;
    bin: Record<string, string>;
  };
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  expect([...targets, ...Object.values(manifest.bin)].filter((path) => !paths.has(path))).toEqual([]);
  expect(readFileSync(`${rootFolder}dist/cli/main.js`, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

describeNeeding("registry", "installed in an empty folder", () => {
  let app: string;

  beforeAll(() => {
    app = mkdtempSync(join(tmpdir(), "coppice-app-"));
    writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }');
    run(app, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  test("every entry loads", () => {
    const program = `
      for (const entry of ["", "/node", "/edge"]) {
        const names = Object.keys(await import("coppice" + entry));
        if (!names.includes("loadModel")) throw new Error(entry + " lacks loadModel, has " + names);
      }
      for (const [entry, name] of [["client", "connect"], ["serve", "createHandler"], ["node/serve", "startServer"]]) {
        if (!(name in (await import("coppice/" + entry)))) throw new Error(entry + " lacks " + name);
      }
      const { default: manifest } = await import("coppice/package.json", { with: { type: "json" } });
      console.log(manifest.name);`;
    expect(run(app, process.execPath, "--input-type=module", "--eval", program)).toBe("coppice\n");
  });

  test("JavaScript trains, saves, loads and predicts", () => {
    const program = `
      import { DMatrix, loadModel, train } from "coppice";
      const rows = Array.from({ length: 64 }, (_, i) => [i % 8, Math.floor(i / 8)]);
      const data = DMatrix.fromRows(rows, { label: rows.map(([a, b]) => a + 10 * b) });
      const { booster } = await train({ objective: "reg:squarederror", maxDepth: 6, eta: 0.5 }, data, { rounds: 20 });
      const predicted = booster.predict(data);
      const again = loadModel(booster.toBytes("json")).predict(data);
      const worst = Math.max(...predicted.map((p, i) => Math.abs(p - data.label[i])));
      console.log(worst < 1, again.every((p, i) => p === predicted[i]));`;
    expect(run(app, process.execPath, "--input-type=module", "--eval", program)).toBe("true true\n");
  });

  test("threads start from the package and give the same bytes", () => {
    const program = `
      import { DMatrix, train } from "coppice/node";
      const rows = Array.from({ length: 64 }, (_, i) => [i % 8, Math.floor(i / 8)]);
      const data = DMatrix.fromRows(rows, { label: rows.map(([a, b]) => Number(a > b)) });
      const files = [];
      for (const threads of [1, 2]) {
        const { booster } = await train({ objective: "binary:logistic" }, data, { rounds: 5, threads });
        files.push(Buffer.from(booster.toBytes("json")));
      }
      console.log(files[0].equals(files[1]));`;
    expect(run(app, process.execPath, "--input-type=module", "--eval", program)).toBe("true\n");
  });

  test("the command runs by its name", () => {
    expect(run(app, join(app, "node_modules/.bin/coppice"), "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(["nodenext", "bundler"])(
    "TypeScript compiles against it without Node's types (%s)",
    (resolution) => {
      writeFileSync(
        join(app, "consumer.ts"),
        `import { CoppiceError, DMatrix, loadModel, train } from "coppice";
import { connect } from "coppice/client";
import { loadModel as loadOnEdge } from "coppice/edge";
import * as node from "coppice/node";
import { startServer } from "coppice/node/serve";
import { createHandler } from "coppice/serve";

const data: DMatrix = DMatrix.fromRows([[1, 2], [3, 4]], { label: [0, 1] });
const { booster } = await train({ objective: "binary:logistic", maxDepth: 2 }, data, { rounds: 2 });
const values: Float32Array = booster.predict(data, { kind: "margin" });
export const error: Error = new CoppiceError("INTERNAL", String(values.length));
export const loaders: readonly unknown[] = [loadModel, loadOnEdge, node.train, connect, createHandler, startServer];
// @ts-expect-error a parameter that does not exist is refused by the types
await train({ objective: "binary:logistic", maxDepht: 2 }, data, { rounds: 2 });
`,
      );
      compile({
        target: "es2023",
        lib: ["es2023", "dom"],
        module: resolution === "nodenext" ? "nodenext" : "esnext",
        moduleResolution: resolution,
      });
    },
  );

  test("TypeScript needs neither Node's types nor those of the DOM to train, predict and read files", () => {
    writeFileSync(
      join(app, "consumer.ts"),
      `import { CoppiceError, DMatrix, loadModel, train, type TrainOptions } from "coppice";
import { loadModel as loadOnEdge } from "coppice/edge";
import * as node from "coppice/node";

const data: DMatrix = DMatrix.fromRows([[1, 2], [3, 4]], { label: [0, 1] });
const options: TrainOptions = { rounds: 2, onRound: ({ metrics }) => String(metrics) };
const { booster } = await train({ objective: "binary:logistic", maxDepth: 2 }, data, options);
const values: Float32Array = booster.predict(data, { kind: "margin" });
export const error: Error = new CoppiceError("INTERNAL", String(values.length));
export const loaders: readonly unknown[] = [loadModel, loadOnEdge, node.train, node.readTable];
`,
    );
    compile({ target: "es2022", lib: ["es2022"], module: "nodenext" });
  });

  /** Every declaration file that is reached is checked. */
  function compile(options: object): void {
    const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
    const compilerOptions = { ...options, ...strict, types: [], noEmit: true };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    run(app, process.execPath, `${rootFolder}node_modules/typescript/bin/tsc`, "-p", app);
  }
});
