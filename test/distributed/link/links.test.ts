// Links between two workers that break, the case T3 of docs/distributed.md beside those of the storm: a relay
// stands between all processes of the build.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Drive, temporaryFolder, writeSmallTable } from "../../node/trainer/drive.ts";
import type { DriverLine, DriverRequest } from "../../node/trainer/driver.ts";
import { Relay } from "../../node/trainer/relay.ts";

const folder = temporaryFolder();
const table = join(folder, "table.csv");
let expected = "";
afterAll(() => rmSync(folder, { recursive: true }));

function request(name: string, workers: number, proxy?: DriverRequest["proxy"]): DriverRequest {
  return {
    options: {
      params: { objective: "multi:softprob", maxDepth: 4, subsample: 0.8 },
      totalRounds: 30,
      datasets: { train: table, valid: table },
      label: "y",
      table: { labelKind: "class" },
      scaling: { workers },
      run: { name, storage: folder, checkpoint: { everyRounds: 5 }, failure: { maxFailures: 2 } },
    },
    proxy,
  };
}

const isFailure = (line: DriverLine): line is DriverLine & { type: "failure" } => line.type === "failure";

beforeAll(async () => {
  writeSmallTable(table, 1500);
  const alone = new Drive(request("alone", 1));
  await alone.ended;
  expected = alone.done!.digest;
});

test.each([
  ["that breaks is noticed at once", "cut", 8, 1000, /^worker \d was lost: the connection/],
  // Both ends live and beat; only what one has sent does not arrive.
  [
    "in which packets vanish is noticed within five seconds",
    "vanish",
    8,
    5000,
    /^the link between workers \d and \d was lost/,
  ],
  [
    "in which packets vanish from the start is noticed too",
    "vanish",
    -1,
    7000,
    /^worker [01] did not (answer|connect)/,
  ],
] as const)(
  "a link of two workers %s, and the training goes on to the same bytes",
  async (title, blow, round, limitMs, message) => {
    const relay = await Relay.open();
    try {
      const drive = new Drive(request(title.replaceAll(" ", "-"), 3, relay.ports));
      if (round >= 0) await drive.reachRound(round);
      else await drive.line((line): line is DriverLine & { type: "worker" } => line.type === "worker");
      const begin = performance.now();
      relay.strikePeers(blow, 0.5);
      const failure = await drive.line(isFailure);
      expect(performance.now() - begin).toBeLessThan(limitMs);
      expect(failure?.code).toBe("PEER_LOST");
      expect(failure?.message).toMatch(message);
      await drive.ended;
      expect(drive.error, drive.log).toBeUndefined();
      expect(drive.done).toMatchObject({ digest: expected, attempts: 2 });
      expect(drive.survivors).toEqual([]);
    } finally {
      relay.close();
    }
  },
);
