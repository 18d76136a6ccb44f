import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bytesSource } from "../../../src/input/table/bytes.ts";
import { estimateLineCount } from "../../../src/input/text/line-estimate.ts";

const estimate = (text: string | Uint8Array<ArrayBuffer>) => estimateLineCount(bytesSource("a.csv", text));

test("is exact for a short text, with or without a last line end", async () => {
  expect(await estimate("a\nb\nc\n")).toBe(3);
  expect(await estimate("a\nb\nc")).toBe(3);
  const lines = Array.from({ length: 400_000 }, (_, i) => String(i));
  expect(await estimate(lines.join("\n"))).toBe(400_000);
});

test("is within a percent for a long text of uneven lines", async () => {
  const lines = Array.from({ length: 900_000 }, (_, i) => "x".repeat((i * 7919) % 31));
  const count = (await estimate(lines.join("\n")))!;
  expect(Math.abs(count / 900_000 - 1)).toBeLessThan(0.01);
});

test("is unknown for packed content and for a text without line ends", async () => {
  expect(await estimate(new Uint8Array(gzipSync("a\nb\n")))).toBe(undefined);
  expect(await estimate("a\rb\r")).toBe(undefined);
  expect(await estimate("")).toBe(undefined);
});
