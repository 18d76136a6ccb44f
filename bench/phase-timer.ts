// How long each phase of growing takes, measured from outside: the method through which a member of a
// team does its tasks is wrapped in a clock. Phases are coarse, so that costs nothing. It sees the
// caller's thread only: measure on one thread.

const built = new URL("../dist/tree/backend/tree-member.js", import.meta.url).href;

/** The phases of tree-member.ts by what a reader calls them; binning is part of ingest. */
const names: Readonly<Record<string, string>> = {
  gradients: "gradients",
  maxima: "gradients",
  measure: "gradients",
  round: "gradients",
  start: "partition",
  build: "histograms",
  evaluate: "splits",
  partition: "partition",
  join: "partition",
  leaves: "margins",
};

/** Starts measuring; the seconds of each phase add up in the record that is returned. */
export async function timePhases(): Promise<Record<string, number>> {
  const { TreeMember } = (await import(built)) as typeof import("../src/tree/backend/tree-member.ts");
  const seconds: Record<string, number> = {};
  for (const name of Object.values(names)) seconds[name] = 0;
  const run = TreeMember.prototype.run;
  TreeMember.prototype.run = function timed(phase, task) {
    const begin = performance.now();
    run.call(this, phase, task);
    if (phase in names) seconds[names[phase]] += (performance.now() - begin) / 1000;
  };
  return seconds;
}
