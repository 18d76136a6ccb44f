// The table of coppice on Ray beside Ray Train with XGBoost: medians over the runs.

export type RaySystem = "coppice" | "ray-train";

/** One run of one system. */
export interface RayRun {
  readonly system: RaySystem;
  /** After how many rounds a worker was killed; 0 for never. */
  readonly killAt: number;
  /** Of the driver's process, from its start to its end. */
  readonly seconds: number;
  /** From the driver's start to the end of the first round. */
  readonly secondsToFirstRound: number;
  /** From the kill to the end of the first round after it; null without one. */
  readonly secondsToRecover: number | null;
  /** From the kill to the end of the first round that had not been there; null without a kill. */
  readonly secondsLost: number | null;
  readonly roundsRepeated: number;
  /** Sum of the peaks of resident memory of the two workers. */
  readonly workerBytes: number;
  /** The same of the driver and what the system has beside the workers. */
  readonly otherBytes: number;
  /** On rows that were not trained on. */
  readonly accuracy: number;
  readonly rounds: number;
  /** Of the machine, when the run began. */
  readonly loadAverage: number;
  readonly processor: string;
}

const TITLES: Readonly<Record<RaySystem, string>> = {
  coppice: "coppice on Ray",
  "ray-train": "Ray Train + XGBoost",
};

export function toMarkdown(runs: readonly RayRun[]): string {
  const systems = (["coppice", "ray-train"] as const).filter((name) =>
    runs.some((run) => run.system === name),
  );
  const of = (system: RaySystem, isKilled: boolean) =>
    runs.filter((run) => run.system === system && run.killAt > 0 === isKilled);
  const rows: [string, (system: RaySystem) => string][] = [
    ["total, undisturbed", (system) => seconds(of(system, false).map((run) => run.seconds))],
    ["until the first round", (system) => seconds(of(system, false).map((run) => run.secondsToFirstRound))],
    [
      "total, a worker killed after round 25",
      (system) => seconds(of(system, true).map((run) => run.seconds)),
    ],
    ["time lost: kill to the end of round 26", (system) => seconds(known(of(system, true), "secondsLost"))],
    ["kill to the end of the next round", (system) => seconds(known(of(system, true), "secondsToRecover"))],
    [
      "rounds repeated",
      (system) =>
        of(system, true)
          .map((run) => run.roundsRepeated)
          .join(", "),
    ],
    ["peak memory of both workers", (system) => megabytes(of(system, true).map((run) => run.workerBytes))],
    ["of driver and the rest", (system) => megabytes(of(system, true).map((run) => run.otherBytes))],
    [
      "accuracy on the other rows",
      (system) => median(of(system, true).map((run) => run.accuracy)).toFixed(4),
    ],
  ];
  const lines = [
    `| | ${systems.map((system) => TITLES[system]).join(" | ")} |`,
    `|---|${systems.map(() => "---:|").join("")}`,
    ...rows.map(([title, cell]) => `| ${title} | ${systems.map(cell).join(" | ")} |`),
  ];
  return `${lines.join("\n")}\n`;
}

function known(runs: readonly RayRun[], name: "secondsLost" | "secondsToRecover"): number[] {
  return runs.map((run) => run[name]).filter((value) => value !== null);
}

function seconds(values: readonly number[]): string {
  return `${median(values).toFixed(1)} s`;
}

function megabytes(values: readonly number[]): string {
  return `${Math.round(median(values) / 2 ** 20)} MiB`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
