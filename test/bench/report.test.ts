import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toMarkdown } from "../../bench/report/markdown.ts";
import { BEGIN, END, writeNumbers } from "../../bench/report/readme.ts";
import { drawScaling } from "../../bench/report/scaling-figure.ts";
import { median, readPart, saveCase, summarizeRuns } from "../../bench/result.ts";
import type { Report } from "../../bench/task.ts";
import { caseResult } from "./case-result.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coppice-bench-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a case that runs again takes the place of its earlier result, and the others stay", () => {
  for (const seconds of [1, 2]) saveCase(folder, "tables", false, caseResult("dense", seconds));
  saveCase(folder, "tables", false, caseResult("sparse", 4));
  saveCase(folder, "tables", false, caseResult("dense", 5));
  const cases = readPart(folder, "tables")?.cases ?? [];
  expect(cases.map(({ name, results }) => [name, results[0].trainSeconds])).toEqual([
    ["dense", 5],
    ["sparse", 4],
  ]);
});

test("quick results are not mixed with full ones", () => {
  saveCase(folder, "tables", true, caseResult("dense", 1));
  saveCase(folder, "tables", false, caseResult("sparse", 1));
  expect(readPart(folder, "tables")?.cases.map(({ name }) => name)).toEqual(["sparse"]);
});

test("the README's numbers are those of the results, and nothing else of it changes", () => {
  saveCase(folder, "tables", false, caseResult("dense", 2));
  const readme = `# title\n\n${BEGIN}\nold\n${END}\n\nthe end\n`;
  const written = writeNumbers(readme, folder);
  expect(written.startsWith(`# title\n\n${BEGIN}\n`)).toBe(true);
  expect(written.endsWith(`${END}\n\nthe end\n`)).toBe(true);
  expect(written).not.toContain("old");
  expect(written).toContain("| the table of dense | 10 | 1 | 2.00 | 3.00 | 1.00 | 1.50 | 0.50 |");
  expect(written).toContain("Made by `npm run bench` on Some CPU, 2 cores, 16 GiB, Node 24.0.0");
  expect(writeNumbers(written, folder)).toBe(written);
});

test("a README without markers and results of a quick run are refused", () => {
  expect(() => writeNumbers("# title\n", folder)).toThrow("must hold");
  saveCase(folder, "tables", true, caseResult("dense", 2));
  expect(() => writeNumbers(`${BEGIN}\n${END}`, folder)).toThrow("quick");
});

test("a part's tables tell the speed relative to the native engines", () => {
  saveCase(folder, "tables", false, caseResult("dense", 2));
  const text = toMarkdown(readPart(folder, "tables")!);
  expect(text).toContain("| coppice 1 | 1 | 0.50 | 2.00 | 1.50 | 0.50 | 0.8125 | 0.4000 | 200 |");
});

test("the scaling figure has a panel a series and is the same for the same results", () => {
  const cases = [10, 100].map((rows) => caseResult(`rows-${rows}`, rows / 10, { name: "rows", value: rows }));
  cases.push(...[3, 6].map((depth) => caseResult(`depth-${depth}`, depth, { name: "depth", value: depth })));
  const svg = drawScaling(cases);
  for (const text of ["training rows", "depth", "coppice", "xgboost", "Some CPU"])
    expect(svg).toContain(text);
  expect(svg).not.toContain("extra columns");
  expect(drawScaling(cases)).toBe(svg);
  for (const c of cases) saveCase(folder, "scaling", false, c);
  expect(toMarkdown(readPart(folder, "scaling")!)).toContain("| 100 | 1 | 0.50 | 10.00 | 0.50 | 3.00 |");
});

test("medians stand for several runs", () => {
  const report = (train: number): Report => ({
    engine: "coppice",
    version: "1",
    threads: 2,
    seconds: { ingest: 2 * train, train },
    peakRssBytes: { loaded: 1, trained: train },
    predict: [],
  });
  const summary = summarizeRuns([report(3), report(1), report(2)]);
  expect(summary).toMatchObject({ trainSeconds: 2, ingestSeconds: 4, peakRssBytes: 2 });
  expect(summary.trainSecondsOfRuns).toEqual([3, 1, 2]);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});
