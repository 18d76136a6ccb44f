// `coppice worker`: one worker of a distributed training, started by mpirun, srun, Kubernetes or whatever sets a
// rank in the environment. `coppice k8s` prints the manifest of an Indexed Job of them.

import type { Command } from "commander";
import { kubernetesManifest } from "../../node/engines/kubernetes.ts";
import { runWorker } from "../../node/workers/worker-program.ts";
import { integerFrom, requireFlags } from "../flags/flag-values.ts";
import type { CommandContext } from "../terminal/context.ts";

export function addWorkerCommand(program: Command, context: CommandContext): void {
  program
    .command("worker")
    .description(
      "Run one worker of a training: rank, world size, tracker and token come from COPPICE_RANK, COPPICE_WORLD_SIZE, " +
        "COPPICE_TRACKER and COPPICE_TOKEN, or from the variables of mpirun, srun and torchrun-style launchers.",
    )
    .action(async () => {
      // Its heartbeat and its connections would keep the process.
      process.exit(await runWorker(process.env, context.note));
    });
}

interface KubernetesFlags {
  readonly name: string;
  readonly image: string;
  readonly workers: number;
  readonly cpus: number;
  readonly memory: string;
  readonly claim: string;
}

export function addKubernetesCommand(program: Command, context: CommandContext): void {
  program
    .command("k8s")
    .usage("--name <name> --image <image> --workers <n> --claim <volume> -- <arguments of train>")
    .description("Print the manifest of a Kubernetes Indexed Job that trains on n workers.")
    .option("--name <name>", "name of the job and its service")
    .option("--image <image>", "container image with coppice on its path")
    .option("--workers <n>", "how many pods", integerFrom(1, 1024), 2)
    .option("--cpus <n>", "CPUs of each, which is also its number of threads", integerFrom(1), 1)
    .option("--memory <amount>", "memory of each", "4Gi")
    .option("--claim <volume>", "persistent volume claim with data and runs, mounted at /data in every pod")
    .argument("[arguments...]", "what follows `coppice train` in every pod")
    .action((trainArguments: string[], flags: KubernetesFlags, command: Command) => {
      requireFlags(command, "name", "image", "claim");
      context.print(kubernetesManifest({ ...flags, trainArguments }));
    });
}
