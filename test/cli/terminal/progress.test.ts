import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { CommandContext } from "../../../src/cli/terminal/context.ts";
import { createProgress, describe as describeRound } from "../../../src/cli/terminal/progress.ts";
import type { RoundEvent } from "../../../src/training/train.ts";

/** A context whose terminal, or log, is caught. */
function contextWith(isTerminal: boolean): { context: CommandContext; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY: isTerminal, columns: 120, rows: 30 });
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  const context: CommandContext = {
    signal: new AbortController().signal,
    progress: stream as unknown as NodeJS.WriteStream,
    print: () => {},
    write: async () => {},
    note: (line) => stream.write(`${line}\n`),
  };
  return { context, written: () => text };
}

function eventOf(round: number, totalRounds: number): RoundEvent {
  return {
    round,
    totalRounds,
    metrics: { "valid-rmse": 1 / (round + 1) },
    elapsedSeconds: round + 1,
    remainingSeconds: totalRounds - round - 1,
    rowsPerSecond: 1_234_567.8,
  };
}

describe("progress", () => {
  it("tells round, metrics, speed and remaining time in a line", () => {
    expect(describeRound(eventOf(2, 100))).toBe(
      "round   3/100  valid-rmse 0.333333  1,234,568 rows/s  1 min 37 s left",
    );
    expect(describeRound(eventOf(99, 100))).toBe(
      "round 100/100  valid-rmse 0.01  1,234,568 rows/s  1 min 40 s in all",
    );
  });

  it.each([1, 2, 19, 20, 21, 100, 1234])(
    "is at most 22 lines for %i rounds, with the first and the last",
    (total) => {
      const { context, written } = contextWith(false);
      const progress = createProgress(context, false);
      for (let round = 0; round < total; round++) progress.update(eventOf(round, total));
      progress.finish();
      const lines = written().trimEnd().split("\n");
      expect(lines.length).toBeLessThanOrEqual(22);
      expect(lines[0]).toMatch(/^round +1\//);
      expect(lines[lines.length - 1]).toMatch(new RegExp(`^round ${total}/${total} `));
      expect(new Set(lines).size).toBe(lines.length);
    },
  );

  it("shows the round at which training ended early", () => {
    const { context, written } = contextWith(false);
    const progress = createProgress(context, false);
    for (let round = 0; round < 43; round++) progress.update(eventOf(round, 1000));
    progress.finish();
    expect(written()).toMatch(/round {3}43\/1000 [^\n]*\n$/);
  });

  it("redraws one line on a terminal and leaves the last state standing", () => {
    const { context, written } = contextWith(true);
    const progress = createProgress(context, true);
    for (let round = 0; round < 10; round++) progress.update(eventOf(round, 10));
    progress.finish();
    expect(written()).toContain("━".repeat(24));
    expect(written()).toContain("round 10/10");
    expect(written().split("\n").length).toBeLessThanOrEqual(4);
  });

  it("is silent in a log when it is told to be", () => {
    const { context, written } = contextWith(false);
    const progress = createProgress(context, true);
    progress.update(eventOf(0, 1));
    progress.finish();
    expect(written()).toBe("");
  });
});
