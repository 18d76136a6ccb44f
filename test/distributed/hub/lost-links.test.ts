// How a link that carries nothing is told from a peer that takes its time.

import { describe, expect, test } from "vitest";
import { LostLinks } from "../../../src/distributed/hub/lost-links.ts";
import { MeshWatch } from "../../../src/distributed/mesh/mesh-watch.ts";

describe("a link between two workers", () => {
  test("is lost when a frame that was sent is missed beat after beat while both ends wait", () => {
    const links = new LostLinks();
    expect(links.hearSilence(2, [[1, 7]])).toBeUndefined();
    links.hearSent(2, 1, 8, true);
    expect(links.hearSilence(2, [[1, 7]])).toBeUndefined();
    const loss = links.hearSilence(2, [[1, 7]]);
    expect(loss).toMatchObject({ code: "PEER_LOST", details: { sender: 1, receiver: 2 } });
    expect(loss?.message).toMatch(/^the link between workers 1 and 2 was lost/);
  });

  test.each([
    ["the sender still works", 8, false],
    ["the sender has sent nothing more", 7, true],
  ])("is not lost while %s", (_, sent, isWaiting) => {
    const links = new LostLinks();
    for (let beat = 0; beat < 9; beat++) {
      expect(links.hearSilence(2, [[1, 7]])).toBeUndefined();
      links.hearSent(2, 1, sent, isWaiting);
    }
  });

  test("is not lost when the frame comes after the sender's answer", () => {
    const links = new LostLinks();
    links.hearSilence(2, [[1, 7]]);
    links.hearSent(2, 1, 8, true);
    for (const silent of [[[1, 7]], [], [[1, 8]], [[1, 8]], [[1, 8]]] as [number, number][][]) {
      expect(links.hearSilence(2, silent)).toBeUndefined();
    }
  });
});

describe("what a heartbeat tells", () => {
  test("is each peer that is waited for and has been silent from one beat to the next", () => {
    const watch = MeshWatch.forPeers(3);
    const measure = new MeshWatch(watch.buffer).silenceMeter();
    watch.noteReceived(1);
    watch.noteWaiting(1);
    watch.noteWaiting(2);
    expect(measure()).toEqual([]);
    watch.noteChunk(2);
    expect(measure()).toEqual([[1, 1]]);
    watch.noteReceived(1);
    expect(measure()).toEqual([[2, 0]]);
  });

  test("is what was sent, and whether anyone is waited for", () => {
    const watch = MeshWatch.forPeers(2);
    watch.noteSent(1);
    watch.noteSent(1);
    expect(watch.stateFor(1)).toEqual({ sent: 2, isWaiting: false });
    watch.noteWaiting(1);
    expect(watch.stateFor(1)).toEqual({ sent: 2, isWaiting: true });
  });
});
