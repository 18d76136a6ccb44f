// The program of a worker thread: a member of a team.

import { parentPort } from "node:worker_threads";
import { serveMember } from "../parallel/serve-member.ts";

if (parentPort !== null) {
  const port = parentPort;
  serveMember({
    post: (message) => port.postMessage(message),
    onMessage: (receive) => {
      port.on("message", receive);
    },
  });
}
