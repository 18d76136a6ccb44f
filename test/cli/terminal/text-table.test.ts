import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatMetric,
  formatSeconds,
  formatTable,
} from "../../../src/cli/terminal/text-table.ts";

describe("formatTable", () => {
  it("aligns the first column to the left and the others to the right", () => {
    const rows = [
      ["name", "n"],
      ["a", "1"],
      ["longer name", "100"],
    ];
    expect(formatTable(rows)).toBe("name           n\na              1\nlonger name  100");
  });

  it("takes rows of different lengths", () => {
    expect(formatTable([["a"], ["b", "2"]])).toBe("a\nb  2");
  });
});

describe("numbers for people", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
    [2.5, "2.5"],
    [1234.567, "1,234.57"],
  ])("writes the count %d as %s", (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [0.004, "0.00 s"],
    [0.5, "0.50 s"],
    [0.999, "1.0 s"],
    [9.96, "10 s"],
    [59.6, "1 min 00 s"],
    [185, "3 min 05 s"],
    [7810, "2 h 10 min"],
  ])("writes %d seconds as %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it.each([
    [12, "12 B"],
    [1536, "1.5 KiB"],
    [20480, "20 KiB"],
    [1.5 * 2 ** 30, "1.5 GiB"],
    [2 ** 42, "4096 GiB"],
  ])("writes %d bytes as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.123456789, "0.123457"],
    [1e-9, "1e-9"],
    [123456.7, "123457"],
    [Number.NaN, "NaN"],
  ])("writes the metric %d as %s", (value, text) => expect(formatMetric(value)).toBe(text));
});
