// The program of a worker thread: a member of a team that trains.

import { parentPort } from "node:worker_threads";
import { createMember } from "../../parallel/jobs.ts";
import { serveMember } from "../../parallel/serve-member.ts";
import { portOf } from "./threads.ts";

if (parentPort !== null) serveMember(portOf(parentPort), createMember);
