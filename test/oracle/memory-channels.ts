// Channels without sockets: what is written on one end arrives at the other in the next turn, in chunks of a
// length that no frame has.

import type { Channel } from "../../src/distributed/link/link.ts";

interface End extends Channel {
  deliver(chunk: Uint8Array): void;
  hangUp(reason: string): void;
}

/** Two ends of one stream. */
export function channelPair(names: readonly [string, string], chunkBytes = 7): [Channel, Channel] {
  const ends: End[] = [];
  const other = (index: number) => ends[1 - index];
  for (const index of [0, 1]) ends.push(makeEnd(names[1 - index], () => other(index), chunkBytes));
  return [ends[0], ends[1]];
}

function makeEnd(peerName: string, other: () => End, chunkBytes: number): End {
  let receive: ((chunk: Uint8Array) => void) | undefined;
  let end: ((reason: string) => void) | undefined;
  let isOpen = true;
  const early: Uint8Array[] = [];
  return {
    peerName,
    write(bytes) {
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        const chunk = bytes.slice(at, at + chunkBytes);
        setImmediate(() => other().deliver(chunk));
      }
    },
    listen(onChunk, onEnd) {
      receive = onChunk;
      end = onEnd;
      for (const chunk of early.splice(0)) onChunk(chunk);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      setImmediate(() => other().hangUp("it was closed"));
    },
    deliver(chunk) {
      if (!isOpen) return;
      if (receive) receive(chunk);
      else early.push(chunk);
    },
    hangUp(reason) {
      if (!isOpen) return;
      isOpen = false;
      end?.(reason);
    },
  };
}
