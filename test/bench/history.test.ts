import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendHistory, describeHistory, entriesOf, readHistory } from "../../bench/history.ts";
import { saveCase } from "../../bench/result.ts";
import { rootFolder } from "../machine.ts";
import { caseResult } from "./case-result.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coppice-history-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const first = { date: "2026-01-02T03:04:05.000Z", commit: "aaaaaaa" };
const second = { date: "2026-02-03T04:05:06.000Z", commit: "bbbbbbb" };

describe("the history", () => {
  test("keeps every result of a case, where its part's file has the last one only", () => {
    for (const seconds of [4, 2]) saveCase(folder, "tables", false, caseResult("dense", seconds));
    const own = readHistory(folder).filter(({ engine }) => engine === "coppice");
    expect(own.map(({ figures }) => figures.trainSeconds)).toEqual([4, 2]);
    expect(own[0]).toMatchObject({ part: "tables", case: "dense", version: "1", threads: 1 });
    expect(own[0].figures).toMatchObject({ "quality.accuracy": 0.8125, peakRssBytes: 2e8 });
    expect(own[0].commit).toMatch(/^([0-9a-f]{7,}\+?|unknown)$/);
    expect(Date.now() - Date.parse(own[0].date)).toBeLessThan(60_000);
  });

  test("does not keep quick runs", () => {
    saveCase(folder, "tables", true, caseResult("dense", 4));
    expect(readHistory(folder)).toEqual([]);
  });

  test("of the project can be read, in order of time", () => {
    const kept = readHistory(`${rootFolder}bench/results`);
    expect(kept.length).toBeGreaterThan(0);
    const dates = kept.map(({ date }) => Date.parse(date));
    expect(dates).toEqual([...dates].sort((a, b) => a - b));
    for (const { figures } of kept)
      for (const value of Object.values(figures)) expect(value).toBeGreaterThanOrEqual(0);
  });
});

describe("the reader", () => {
  beforeEach(() => {
    appendHistory(folder, entriesOf("tables", caseResult("dense", 4), first));
    appendHistory(folder, entriesOf("tables", caseResult("sparse", 1), first));
    appendHistory(folder, entriesOf("tables", caseResult("dense", 2), second));
  });

  test("shows how a figure moved, beside XGBoost's of the same run", () => {
    const text = describeHistory(readHistory(folder), { parts: ["tables"], cases: ["dense"] });
    const machine = "Some CPU, 2 cores, Node 24.0.0, load 1.0";
    expect(text.trimEnd().split("\n")).toEqual([
      "tables, dense, coppice, threads 1, trainSeconds",
      "",
      "| date | commit | trainSeconds | change | XGBoost's / this | machine |",
      "| --- | --- | --- | --- | --- | --- |",
      `| 2026-01-02 | aaaaaaa | 4 |  | 0.75 | ${machine} |`,
      `| 2026-02-03 | bbbbbbb | 2 | -50.0 % | 1.50 | ${machine} |`,
    ]);
  });

  test("shows other figures and engines when asked, and says when there is nothing", () => {
    const entries = readHistory(folder);
    const text = describeHistory(entries, { engines: ["lightgbm"], figure: "quality.logLoss" });
    expect(text).toContain("tables, sparse, lightgbm, threads 1, quality.logLoss");
    expect(text).toContain("| 2026-02-03 | bbbbbbb | 0.4 | 0.0 % | 1.00 |");
    expect(describeHistory(entries, { parts: ["memory"] })).toBe("nothing is kept of that\n");
  });
});
