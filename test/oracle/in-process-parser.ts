// Threads that parse, without threads: their program runs in this one, behind channels that copy and move
// messages as channels between threads do.

import { serveParts } from "../../src/input/parts/serve-parts.ts";
import type { ByteSource } from "../../src/input/table/bytes.ts";
import type { Thread, ThreadHost } from "../../src/parallel/port.ts";

/** @param onStart is told of every start, `onEnd` of every end */
export function inProcessParsers(
  openSource: (name: string) => Promise<ByteSource>,
  { onStart = () => {}, onEnd = () => {} }: { onStart?: () => void; onEnd?: () => void } = {},
): ThreadHost {
  const start = (): Thread => {
    onStart();
    const inside = channel();
    const outside = channel();
    serveParts({ post: outside.send, onMessage: inside.listen }, openSource);
    return {
      post: inside.send,
      onMessage: outside.listen,
      onEnd() {},
      async terminate() {
        onEnd();
        inside.listen(() => {});
        outside.listen(() => {});
      },
    };
  };
  return { parallelism: 4, start };
}

function channel() {
  let receive: (message: unknown) => void = () => {};
  return {
    send(message: unknown, moved: readonly ArrayBuffer[] = []): void {
      const copy: unknown = structuredClone(message, { transfer: [...moved] });
      setImmediate(() => receive(copy));
    },
    listen(next: (message: unknown) => void): void {
      receive = next;
    },
  };
}
