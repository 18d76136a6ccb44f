// Workers of a hub, made by hand over channels in memory.

import type { Hub } from "../../../src/distributed/hub/hub.ts";
import { protocolVersion } from "../../../src/distributed/link/hello.ts";
import { Link, parseControl } from "../../../src/distributed/link/link.ts";
import { channelPair } from "../../oracle/memory-channels.ts";

export const key = { run: "r", attempt: 1, token: "secret" };

/** The far end of a connection to a hub. */
export class FarEnd {
  readonly link: Link;
  /** Control messages that have come. */
  readonly heard: Record<string, unknown>[] = [];

  constructor(hub: Hub) {
    const [near, far] = channelPair(["hub", "far end"]);
    hub.accept(near);
    this.link = new Link(far);
    this.link.onFrame((frame) => this.heard.push(parseControl(frame)));
  }

  get isOpen(): boolean {
    return this.link.failure === undefined;
  }

  say(message: object): void {
    this.link.sendJson(message);
  }
}

/** One that says a proper hello, but for `changes`. */
export function call(hub: Hub, rank: number, changes: object = {}): FarEnd {
  const far = new FarEnd(hub);
  far.say({ version: protocolVersion, ...key, role: "worker", rank, address: "a:1", ...changes });
  return far;
}

/** Until what was sent, and what was sent in answer, has arrived. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) await new Promise((resolve) => setImmediate(resolve));
}
