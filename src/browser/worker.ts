// The program of all our workers: the trainer, which holds tables and trains, and the threads of its team.
// One file, so that a bundler has to place only one and a thread is the trainer's own URL again.

import { expose } from "comlink";
import { createMember } from "../booster/predict-member.ts";
import { serveMember } from "../parallel/serve-member.ts";
import { TrainerService } from "./trainer-service.ts";
import { READY, THREAD_NAME, workerScope } from "./worker-scope.ts";

if (workerScope.name === THREAD_NAME) {
  serveMember(
    {
      post: (message) => workerScope.postMessage(message),
      onMessage: (receive) => workerScope.addEventListener("message", ({ data }) => receive(data)),
    },
    createMember,
  );
} else {
  expose(new TrainerService());
}
workerScope.postMessage(READY);
