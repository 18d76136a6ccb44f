// Stands on every connection of a training, and can break them: between the workers and the tracker, and, by
// changing the addresses that the tracker tells them, between every two workers.

import { connect, createServer, type Server, type Socket } from "node:net";
import { CONTROL, encodeHeader, FrameDecoder, MAX_FRAME_BYTES } from "../../../src/distributed/link/frame.ts";
import { freePort } from "../../free-port.ts";

/** A connection that passes through. */
interface Passage {
  readonly sockets: readonly [Socket, Socket];
  /** Takes what is sent, and gives it to nobody. */
  isHole: boolean;
}

/** What can be done to a connection between two workers. */
export type PeerBlow = "cut" | "vanish";

export class Relay {
  readonly ports: { readonly trackerPort: number; readonly proxyPort: number };
  readonly #servers: Server[];
  readonly #tracker: Set<Passage> = new Set();
  readonly #peers: Set<Passage> = new Set();
  /** The address at which a worker is reached through here, by its own. */
  readonly #addresses: Map<string, Promise<string>> = new Map();
  #isDown = false;
  /** What the next connection between workers gets. */
  #nextBlow: PeerBlow | undefined;

  private constructor(server: Server, ports: Relay["ports"]) {
    this.#servers = [server];
    this.ports = ports;
  }

  static async open(): Promise<Relay> {
    const trackerPort = await freePort();
    let relay: Relay | undefined;
    const server = createServer((outer) => {
      if (relay !== undefined) relay.#passToTracker(outer);
    });
    relay = new Relay(server, { trackerPort, proxyPort: await listen(server) });
    return relay;
  }

  #passToTracker(outer: Socket): void {
    const inner = connect(this.ports.trackerPort, "127.0.0.1");
    const decoder = new FrameDecoder((frame) => {
      // One after another: the addresses of a start are found out in between.
      last = last.then(async () => {
        const payload = frame.kind === CONTROL ? await this.#redirect(frame.payload) : frame.payload;
        outer.write(encodeHeader(frame.kind, frame.tag, payload.length));
        outer.write(payload);
      });
    });
    decoder.limitBytes = MAX_FRAME_BYTES;
    let last = Promise.resolve();
    this.#pass(this.#tracker, outer, inner, (chunk) => decoder.push(chunk));
    if (this.#isDown) for (const socket of [outer, inner]) socket.pause();
  }

  /** A message of the tracker in which the workers' addresses lead here. */
  async #redirect(payload: Uint8Array): Promise<Uint8Array> {
    const message = JSON.parse(new TextDecoder().decode(payload)) as { type: string; peers: string[] };
    if (message.type !== "start") return payload;
    const peers = await Promise.all(message.peers.map((address) => this.#doorFor(address)));
    return new TextEncoder().encode(JSON.stringify({ ...message, peers }));
  }

  #doorFor(address: string): Promise<string> {
    let door = this.#addresses.get(address);
    if (door === undefined) {
      const server = createServer((outer) => this.#passToPeer(outer, Number(address.split(":")[1])));
      this.#servers.push(server);
      door = listen(server).then((port) => `127.0.0.1:${port}`);
      this.#addresses.set(address, door);
    }
    return door;
  }

  #passToPeer(outer: Socket, port: number): void {
    const inner = connect(port, "127.0.0.1");
    const passage = this.#pass(this.#peers, outer, inner, (chunk) => outer.write(chunk));
    if (this.#nextBlow !== undefined) strikePassage(passage, this.#nextBlow);
    this.#nextBlow = undefined;
  }

  #pass(all: Set<Passage>, outer: Socket, inner: Socket, toOuter: (chunk: Buffer) => void): Passage {
    const passage: Passage = { sockets: [outer, inner], isHole: false };
    all.add(passage);
    const link = (from: Socket, to: Socket, give: (chunk: Buffer) => void) => {
      from.setNoDelay(true);
      from.on("data", (chunk) => {
        if (!passage.isHole) give(chunk);
      });
      from.on("error", () => {});
      from.on("close", () => {
        all.delete(passage);
        to.destroy();
      });
    };
    link(outer, inner, (chunk) => inner.write(chunk));
    link(inner, outer, toOuter);
    return passage;
  }

  /** Every connection to the tracker breaks. */
  cut(): void {
    for (const { sockets } of this.#tracker) for (const socket of sockets) socket.destroy();
  }

  /** The link to the tracker is down for six seconds: nothing arrives, nobody is told; what was sent arrives afterwards. */
  goDown(): void {
    this.#setDown(true);
    setTimeout(() => this.#setDown(false), 6000).unref();
  }

  #setDown(isDown: boolean): void {
    this.#isDown = isDown;
    for (const { sockets } of this.#tracker) {
      for (const socket of sockets) {
        if (isDown) socket.pause();
        else socket.resume();
      }
    }
  }

  /**
   * Strikes one connection between two workers, the next one to be made when there is none.
   *
   * @param draw in [0, 1): which one
   */
  strikePeers(blow: PeerBlow, draw: number): void {
    const passages = [...this.#peers];
    const passage = passages[Math.floor(draw * passages.length)];
    if (passage === undefined) this.#nextBlow = blow;
    else strikePassage(passage, blow);
  }

  close(): void {
    for (const passage of [...this.#tracker, ...this.#peers]) strikePassage(passage, "cut");
    for (const server of this.#servers) server.close();
  }
}

function strikePassage(passage: Passage, blow: PeerBlow): void {
  if (blow === "vanish") passage.isHole = true;
  else for (const socket of passage.sockets) socket.destroy();
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
}
