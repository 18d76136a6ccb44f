// Bringing the peers of an attempt together: each has a link to every other. The peer with the larger rank
// calls; both say hello first, and a caller who does not know the token is turned away without harm.

import { CoppiceError } from "../../core/errors.ts";
import {
  type AttemptKey,
  checkHello,
  protocolVersion,
  receiveWithin,
  takeCall,
  turnAway,
} from "../link/hello.ts";
import { type Channel, Link } from "../link/link.ts";
import { HELLO_MS } from "../link/patience.ts";
import { Mesh } from "./mesh.ts";
import type { MeshWatch } from "./mesh-watch.ts";

/** Takes the calls of peers, before or after the mesh is asked for. */
export class PeerDoor {
  readonly #key: AttemptKey;
  readonly #rank: number;
  readonly #worldSize: number;
  readonly #links: (Link | undefined)[];
  #isOpen = true;
  #changed: () => void = () => {};

  constructor(key: AttemptKey, rank: number, worldSize: number) {
    this.#key = key;
    this.#rank = rank;
    this.#worldSize = worldSize;
    this.#links = new Array(worldSize).fill(undefined);
  }

  /** Takes a connection of someone who may be a peer. */
  accept(channel: Channel): void {
    takeCall(channel, (link, hello) => {
      const { role, rank } = checkHello(hello, this.#key, this.#worldSize);
      if (!this.#isOpen || role !== "peer" || rank <= this.#rank || this.#links[rank] !== undefined) {
        turnAway("no such peer is awaited");
      }
      link.trust();
      link.sendJson({ type: "welcome", rank: this.#rank });
      this.#links[rank] = link;
      this.#changed();
    });
  }

  /**
   * Calls the peers with smaller ranks and awaits the others.
   *
   * @param connect opens a channel to a peer's address
   * @param watch where the worker's heartbeat reads how the links do
   * @throws {CoppiceError} PEER_LOST when a peer cannot be reached, does not answer or does not call within `timeoutMs`
   */
  async gather(
    peers: readonly string[],
    connect: (address: string) => Promise<Channel>,
    timeoutMs: number,
    watch?: MeshWatch,
  ): Promise<Mesh> {
    const called = Promise.all(
      peers.slice(0, this.#rank).map(async (address, rank) => {
        this.#links[rank] = await this.#call(rank, address, connect);
      }),
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const awaited = new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        const rank = this.#links.findIndex((link, r) => r > this.#rank && link === undefined);
        reject(new CoppiceError("PEER_LOST", `worker ${rank} did not connect in time`, { rank }));
      }, timeoutMs);
      this.#changed = () => {
        if (this.#links.some((link, r) => r > this.#rank && link === undefined)) return;
        resolve();
      };
      this.#changed();
    });
    try {
      await Promise.all([called, awaited]);
    } finally {
      clearTimeout(timer);
      this.#isOpen = false;
    }
    return new Mesh(this.#rank, this.#links, watch);
  }

  async #call(rank: number, address: string, connect: (address: string) => Promise<Channel>): Promise<Link> {
    const link = new Link(await connect(address));
    link.sendJson({ version: protocolVersion, ...this.#key, role: "peer", rank: this.#rank });
    // A connection that was made may still lead nowhere.
    const answer = await receiveWithin(link, HELLO_MS).catch((cause) => {
      throw new CoppiceError("PEER_LOST", `worker ${rank} did not answer at ${address}`, { rank }, cause);
    });
    if (answer.type !== "welcome" || answer.rank !== rank) {
      throw new CoppiceError("PEER_LOST", `at ${address} there is no worker ${rank}`, { rank });
    }
    link.trust();
    return link;
  }

  /** Ends all links. */
  close(error: CoppiceError): void {
    for (const link of this.#links) link?.fail(error);
  }
}
