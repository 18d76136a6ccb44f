// What a team does when a member fails. Threads are simulated by channels in one thread where no phase runs,
// and the failure channel is tested alone: real threads are tested in threads.test.ts.

import { describe, expect, test } from "vitest";
import { CoppiceError } from "../../src/core/errors.ts";
import { Control } from "../../src/parallel/control.ts";
import { formatFailure, parseFailure, Team } from "../../src/parallel/team.ts";

describe("a failure that crosses threads", () => {
  test("keeps code, message, details and the stack of where it arose", () => {
    const error = new CoppiceError("UNSUPPORTED", "no room", { sizeBytes: 12 });
    const copy = parseFailure(formatFailure(error));
    expect(copy).toBeInstanceOf(CoppiceError);
    expect([copy.code, copy.message, copy.details]).toEqual(["UNSUPPORTED", "no room", { sizeBytes: 12 }]);
    expect(copy.stack).toContain("team.test");
  });

  test("is INTERNAL when it is not one of ours", () => {
    expect(parseFailure(formatFailure(new RangeError("too long")))).toMatchObject({
      code: "INTERNAL",
      message: "too long",
    });
    expect(parseFailure(formatFailure("text"))).toMatchObject({ code: "INTERNAL", message: "text" });
  });

  test("reaches the announcer once, the first of several", () => {
    const control = new Control();
    const same = new Control(control.buffer);
    expect(control.takeFailure()).toBeUndefined();
    same.reportFailure("first é");
    same.reportFailure("second");
    expect(control.takeFailure()).toBe("first é");
    expect(control.takeFailure()).toBeUndefined();
  });

  test("that is longer than its room arrives cut off, not broken", () => {
    const control = new Control();
    control.reportFailure("é".repeat(20_000));
    expect(control.takeFailure()).toMatch(/^é{4000,}$/);
  });
});

describe("a team of one", () => {
  const host = {
    parallelism: 1,
    start: (): never => {
      throw new Error("no thread is needed");
    },
  };

  test("runs every task itself, in order", async () => {
    await using team = new Team(host, 1);
    const done: string[] = [];
    const own = { run: (phase: string, task: number) => void done.push(`${phase} ${task}`) };
    const executor = await team.assign({ kind: "sketch" } as never, own);
    executor.run("add", 3);
    executor.runEach("finish");
    expect(done).toEqual(["add 0", "add 1", "add 2", "finish 0"]);
  });

  test("lets an error of a task through", async () => {
    await using team = new Team(host, 1);
    const own = {
      run: () => {
        throw new CoppiceError("INVALID_DATA", "bad row");
      },
    };
    const executor = await team.assign({ kind: "sketch" } as never, own);
    expect(() => executor.run("add", 1)).toThrow("bad row");
  });
});
