// What a team does when a member fails. Threads are simulated by channels in one thread where no phase runs,
// and the failure channel is tested alone: real threads are tested in threads.test.ts.

import { describe, expect, test } from "vitest";
import { CoppiceError } from "../../src/core/errors.ts";
import { Control } from "../../src/parallel/control.ts";
import { Team } from "../../src/parallel/team.ts";

describe("a failure that crosses threads", () => {
  test("reaches the announcer once, the first of several", () => {
    const control = new Control();
    const same = new Control(control.buffer);
    expect(control.takeFailure()).toBeUndefined();
    same.reportFailure(new CoppiceError("UNSUPPORTED", "first é", { sizeBytes: 12 }));
    same.reportFailure(new Error("second"));
    const failure = control.takeFailure();
    expect(failure).toMatchObject({ code: "UNSUPPORTED", message: "first é", details: { sizeBytes: 12 } });
    expect(control.takeFailure()).toBeUndefined();
  });

  test.each(["é", "\u0001"])("that is longer than its room arrives cut off, not broken (%j)", (character) => {
    const control = new Control();
    control.reportFailure(new CoppiceError("INVALID_DATA", character.repeat(20_000)));
    const { code, message } = control.takeFailure()!;
    expect(code).toBe("INVALID_DATA");
    expect(message.length).toBeGreaterThanOrEqual(1000);
    expect(message.replaceAll(character, "")).toBe("");
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
