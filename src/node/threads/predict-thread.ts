// The program of a worker thread: a member of a team that predicts. Apart from train-thread.ts, which starts faster
// because it does not load models.

import { parentPort } from "node:worker_threads";
import { createMember } from "../../booster/predict-member.ts";
import { serveMember } from "../../parallel/serve-member.ts";
import { portOf } from "./threads.ts";

if (parentPort !== null) serveMember(portOf(parentPort), createMember);
