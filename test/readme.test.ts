// The README's examples run, in their order and in one folder: ts and js with Node, sh with bash,
// python with XGBoost. A block of another language, or the installation itself, is not run.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { python, rootFolder, testNeeding } from "./require.ts";

interface Example {
  readonly language: string;
  readonly code: string;
  /** Of the opening fence in README.md. */
  readonly line: number;
}

const examples = readExamples(readFileSync(`${rootFolder}README.md`, "utf8"));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coppice-readme-"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(rootFolder, join(folder, "node_modules/coppice"));
  const command = join(folder, "node_modules/.bin/coppice");
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${rootFolder}dist/cli/main.js" "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the README has examples in TypeScript, for the shell and in Python", () => {
  expect(new Set(examples.map(({ language }) => language))).toEqual(new Set(["sh", "ts", "python"]));
});

for (const { language, code, line } of examples) {
  const title = `the ${language} example of line ${line} runs`;
  if (language === "python") testNeeding("xgboost", title, () => run(python, ["-c", code]));
  else if (language === "sh") test(title, () => run("bash", ["-euo", "pipefail", "-c", code]));
  else test(title, () => runScript(`example-${line}.${language}`, code));
}

test("the TypeScript examples have no type errors", () => {
  const written = examples.filter(({ language }) => language === "ts").map((e) => `example-${e.line}.ts`);
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    noEmit: true,
    types: ["node"],
  };
  const typeRoots = [`${rootFolder}node_modules/@types`];
  const config = { compilerOptions: { ...compilerOptions, typeRoots }, files: written };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  run(process.execPath, [`${rootFolder}node_modules/typescript/bin/tsc`, "-p", folder]);
});

function readExamples(readme: string): Example[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .map(({ 1: language, 2: code, index }) => ({
      language,
      code,
      line: readme.slice(0, index).split("\n").length,
    }))
    .filter(({ language, code }) => language !== "text" && !code.startsWith("npm install"));
}

function runScript(name: string, code: string): void {
  writeFileSync(join(folder, name), code);
  run(process.execPath, [name]);
}

function run(command: string, args: readonly string[]): void {
  const path = [join(folder, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(
    delimiter,
  );
  try {
    execFileSync(command, args, { cwd: folder, env: { ...process.env, PATH: path }, stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`${command} failed\n${stdout}\n${stderr}`);
  }
}
