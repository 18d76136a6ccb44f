// The program of a thread that is a member of a team.

import { toWire } from "../core/errors.ts";
import type { Member } from "../core/executor.ts";
import { Control } from "./control.ts";
import { type Job, jobPhases } from "./jobs.ts";
import type { Port } from "./port.ts";
import type { TeamMessage } from "./team.ts";

/** Makes the member of that number for a job. */
export type CreateMember = (job: Job, member: number) => Member<string>;

/** Serves jobs that come through `port`, one after another. Blocks its thread while a job lasts. */
export function serveMember(port: Port, createMember: CreateMember): void {
  port.onMessage((message) => {
    const { kind } = message as TeamMessage;
    if (kind === "job") serveJob(port, createMember, message as Extract<TeamMessage, { kind: "job" }>);
  });
}

function serveJob(
  port: Port,
  createMember: CreateMember,
  { job, member: number, control: buffer }: Extract<TeamMessage, { kind: "job" }>,
): void {
  const control = new Control(buffer);
  let seen = control.generation;
  let member: Member<string>;
  try {
    member = createMember(job, number);
  } catch (error) {
    port.post({ kind: "failed", error: toWire(error) } satisfies TeamMessage);
    return;
  }
  port.post({ kind: "ready" } satisfies TeamMessage);
  const names = jobPhases[job.kind];
  for (;;) {
    const { phase, taskCount, mode } = control.awaitPhase(seen);
    seen = control.generation;
    try {
      const name = names[phase];
      if (mode === "each") member.run(name, number);
      else if (mode === "shared") {
        for (let task = control.takeTicket(); task < taskCount; task = control.takeTicket()) {
          member.run(name, task);
        }
      }
    } catch (error) {
      control.reportFailure(error);
    }
    control.reportDone();
    if (mode === "release") return;
  }
}
