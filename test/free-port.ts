// A port of this machine that nobody listens on.

import { createServer } from "node:net";

/** Free a moment ago; another process may take it. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
