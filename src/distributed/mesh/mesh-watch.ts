// What a worker's heartbeat can tell of its links while the main thread waits: frames sent and received and
// whether the mesh waits, by peer, in memory that both threads see. A link over which packets vanish stays
// open and both its ends keep beating; it shows by a frame that was sent and does not arrive while both wait.
//
// Int32, wrapping, four fields a peer: frames sent | frames received | chunks of bytes received | waits for it

const FIELDS = 4;
const SENT = 0;
const RECEIVED = 1;
const CHUNKS = 2;
const WAITS = 3;

/** Whole beats without a byte from a peer that is waited for, before it is told. */
const SILENT_BEATS = 1;
/** Peers told of in one beat. */
const MAX_TOLD = 8;

/** A peer that is waited for and from which nothing comes, with the frames that have come. */
export type SilentPeer = readonly [peer: number, received: number];

export class MeshWatch {
  /** To be handed to another thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #fields: Int32Array;
  readonly #peerCount: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#fields = new Int32Array(buffer);
    this.#peerCount = this.#fields.length / FIELDS;
  }

  static forPeers(worldSize: number): MeshWatch {
    return new MeshWatch(new SharedArrayBuffer(4 * FIELDS * worldSize));
  }

  noteSent(peer: number): void {
    Atomics.add(this.#fields, peer * FIELDS + SENT, 1);
  }

  noteChunk(peer: number): void {
    Atomics.add(this.#fields, peer * FIELDS + CHUNKS, 1);
  }

  noteWaiting(peer: number): void {
    Atomics.store(this.#fields, peer * FIELDS + WAITS, 1);
  }

  /** A frame has come, and is no longer waited for. */
  noteReceived(peer: number): void {
    Atomics.add(this.#fields, peer * FIELDS + RECEIVED, 1);
    Atomics.store(this.#fields, peer * FIELDS + WAITS, 0);
  }

  /** What the beating thread answers when a peer misses a frame. */
  stateFor(peer: number): { readonly sent: number; readonly isWaiting: boolean } {
    let isWaiting = false;
    for (let p = 0; p < this.#peerCount; p++) isWaiting ||= this.#load(p, WAITS) === 1;
    return { sent: this.#load(peer, SENT), isWaiting };
  }

  /** A function for the beating thread: called at every beat it tells which peers have been silent for too long. */
  silenceMeter(): () => SilentPeer[] {
    const before = new Int32Array(2 * this.#peerCount).fill(-1);
    const beats = new Int32Array(this.#peerCount);
    return () => {
      const silent: SilentPeer[] = [];
      for (let peer = 0; peer < this.#peerCount; peer++) {
        const [received, chunks] = [this.#load(peer, RECEIVED), this.#load(peer, CHUNKS)];
        const isSame = received === before[2 * peer] && chunks === before[2 * peer + 1];
        before.set([received, chunks], 2 * peer);
        beats[peer] = isSame && this.#load(peer, WAITS) === 1 ? beats[peer] + 1 : 0;
        if (beats[peer] >= SILENT_BEATS && silent.length < MAX_TOLD) silent.push([peer, received]);
      }
      return silent;
    };
  }

  #load(peer: number, field: number): number {
    return Atomics.load(this.#fields, peer * FIELDS + field);
  }
}
