// The one policy of handshake, heartbeat and silence, on a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CoppiceError } from "../../../src/core/errors.ts";
import { Hub, type HubOwner } from "../../../src/distributed/hub/hub.ts";
import { encodeHeader } from "../../../src/distributed/link/frame.ts";
import { BEAT_MS, CHECK_MS, HELLO_MS, SILENCE_MS } from "../../../src/distributed/link/patience.ts";
import { call, FarEnd, key, settle } from "./workers.ts";

const rendezvousMs = 30_000;
let events: string[];
let hub: Hub;

const owner: HubOwner = {
  welcome: ({ rank }) => events.push(`welcome ${rank}`),
  hear: ({ rank }) => events.push(`hear ${rank}`),
  lose: ({ rank }, { code, message }) => events.push(`lose ${rank}: ${code} ${message}`),
  hearBeat: (rank, { type }) => events.push(`beat ${rank}: ${type}`),
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  events = [];
  hub = new Hub({ key, worldSize: 3, rendezvousMs }, owner);
});

afterEach(() => {
  hub.close();
  vi.useRealTimers();
});

/** Lets time pass in steps in which whatever is under way arrives. */
async function pass(milliseconds: number, act: () => void = () => {}): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += CHECK_MS) {
    vi.advanceTimersByTime(CHECK_MS);
    if (passed % BEAT_MS === 0) act();
    await settle();
  }
}

describe("a hello", () => {
  test("must come in time", async () => {
    const silent = new FarEnd(hub);
    await pass(HELLO_MS - CHECK_MS);
    expect(silent.isOpen).toBe(true);
    await pass(2 * CHECK_MS);
    expect(silent.isOpen).toBe(false);
    expect(events).toEqual([]);
  });

  test.each([
    ["token", { token: "guess" }, "its token is wrong"],
    ["version", { version: 1 }, "it speaks version 1, this is"],
    ["attempt", { attempt: 2 }, "it belongs to attempt 2, this is 1"],
    ["rank", { rank: 3 }, "its rank must lie in [0, 3)"],
    ["role", { role: "peer" }, "it is no worker"],
    ["address", { address: undefined }, "it is no worker"],
  ])("with a wrong %s is turned away, told why and not where in the program", async (_, changes, reason) => {
    const far = call(hub, 0, changes);
    await settle();
    const [{ type, error }] = far.heard as [{ type: string; error: { message: string; stack?: string } }];
    expect([type, error.stack]).toEqual(["refused", undefined]);
    expect(error.message).toContain(`a connection was turned away: ${reason}`);
    await pass(CHECK_MS);
    expect(far.isOpen).toBe(false);
    expect(events).toEqual([]);
  });

  test("of a rank that is there is turned away, and the first one stays", async () => {
    const first = call(hub, 1);
    await settle();
    const second = call(hub, 1);
    await settle();
    await pass(CHECK_MS);
    expect([first.isOpen, second.isOpen]).toEqual([true, false]);
    expect(events).toEqual(["welcome 1"]);
  });

  test("that is garbage ends the connection", async () => {
    const far = new FarEnd(hub);
    far.link.send(9, encodeHeader(1, 2, 3));
    await pass(CHECK_MS);
    expect(far.isOpen).toBe(false);
  });
});

describe("a worker", () => {
  async function beatingWorker(rank: number) {
    const worker = call(hub, rank);
    const heartbeat = call(hub, rank, { role: "heartbeat", address: undefined });
    heartbeat.say({ type: "alive" });
    await settle();
    return { worker, beat: () => heartbeat.say({ type: "alive" }), heartbeat };
  }

  test("lives as long as it beats, and is answered", async () => {
    const { worker, beat, heartbeat } = await beatingWorker(0);
    await pass(3 * SILENCE_MS, beat);
    expect(worker.isOpen).toBe(true);
    expect(events.filter((event) => event.startsWith("lose"))).toEqual([]);
    expect(heartbeat.heard.length).toBeGreaterThan(10);
    expect(heartbeat.heard[0]).toEqual({ type: "heard" });
  });

  test("that falls silent is lost, and no other", async () => {
    const { worker } = await beatingWorker(0);
    const other = await beatingWorker(1);
    await pass(SILENCE_MS - CHECK_MS, other.beat);
    expect(worker.isOpen).toBe(true);
    await pass(3 * CHECK_MS, other.beat);
    expect([worker.isOpen, other.worker.isOpen]).toEqual([false, true]);
    expect(events.filter((event) => event.startsWith("lose"))).toEqual(["lose 0: TIMEOUT silent for 4 s"]);
    expect([...hub.workers.keys()]).toEqual([1]);
  });

  test("may take the time of a rendezvous until it begins to beat", async () => {
    const worker = call(hub, 0);
    await settle();
    await pass(rendezvousMs - CHECK_MS);
    expect(worker.isOpen).toBe(true);
    await pass(3 * CHECK_MS);
    expect(events).toEqual(["welcome 0", "lose 0: TIMEOUT silent for 30 s"]);
  });

  test("is not taken for silent by a hub that stood still itself", async () => {
    const { worker, beat } = await beatingWorker(0);
    await pass(SILENCE_MS - 2 * BEAT_MS);
    // No timer runs while the clock goes on, as for a process that is stopped.
    const now = performance.now();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now + 10 * SILENCE_MS);
    await pass(CHECK_MS);
    clock.mockImplementation(() => now + 10 * SILENCE_MS + CHECK_MS);
    beat();
    await pass(CHECK_MS);
    clock.mockRestore();
    expect(worker.isOpen).toBe(true);
  });

  test("whose connection ends is lost at once, and its rank may come again", async () => {
    const worker = call(hub, 2);
    await settle();
    worker.link.close();
    await settle();
    call(hub, 2);
    await settle();
    expect(events).toEqual([
      "welcome 2",
      expect.stringMatching(/^lose 2: PEER_LOST the connection/),
      "welcome 2",
    ]);
  });

  test("that says what is no message is lost", async () => {
    const { heartbeat } = await beatingWorker(0);
    heartbeat.link.send(1, new Uint8Array([1, 2, 3]));
    await settle();
    expect(heartbeat.isOpen).toBe(false);
  });
});

describe("the farewell", () => {
  test.each([
    [undefined, { type: "exit" }],
    [
      new CoppiceError("INVALID_DATA", "a bad row", { row: 1 }),
      { type: "abort", error: { code: "INVALID_DATA", message: "a bad row", details: { row: 1 } } },
    ],
  ])("is heard by all workers and by who comes late (%s)", async (error, farewell) => {
    const early = call(hub, 0);
    await settle();
    hub.dismiss(error);
    hub.dismiss(new Error("too late"));
    const late = call(hub, 1);
    await settle();
    early.say({ type: "round" });
    await settle();
    for (const { heard } of [early, late]) expect(heard).toMatchObject([farewell]);
    expect([hub.isOver, events]).toEqual([true, ["welcome 0"]]);
    hub.close();
    await settle();
    expect([early.isOpen, late.isOpen]).toEqual([false, false]);
  });
});
