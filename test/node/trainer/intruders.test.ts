// Strangers at the tracker's port (T12): whatever they send, the training goes on.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { encodeHeader } from "../../../src/distributed/link/frame.ts";
import { protocolVersion } from "../../../src/distributed/link/hello.ts";
import { freePort } from "../../free-port.ts";
import { Drive, temporaryFolder, writeSmallTable } from "./drive.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** Sends bytes and waits until the other side hangs up, or `patienceMs` are over. */
function intrude(port: number, bytes: Uint8Array, patienceMs: number): Promise<"hung up" | "kept"> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("error", () => {});
    socket.on("close", () => resolve("hung up"));
    socket.resume();
    setTimeout(() => {
      resolve("kept");
      socket.destroy();
    }, patienceMs);
  });
}

function helloWith(token: string, attempt: number): Uint8Array {
  const text = JSON.stringify({
    version: protocolVersion,
    run: "intruders",
    attempt,
    token,
    role: "worker",
    rank: 0,
    address: "127.0.0.1:9",
  });
  const payload = new TextEncoder().encode(text);
  return Uint8Array.from([...encodeHeader(1, 0, payload.length), ...payload]);
}

test("garbage, oversize frames, wrong tokens and silence are dropped, and do no harm", async () => {
  const table = join(folder, "table.csv");
  writeSmallTable(table, 1500);
  const trackerPort = await freePort();
  const drive = new Drive({
    options: {
      params: { objective: "multi:softprob", maxDepth: 4 },
      totalRounds: 60,
      datasets: { train: table, valid: table },
      label: "y",
      table: { labelKind: "class" },
      scaling: { workers: 2 },
      run: { name: "intruders", storage: folder },
    },
    proxy: { trackerPort, proxyPort: trackerPort },
  });
  await drive.reachRound(2);
  const answers = await Promise.all([
    intrude(trackerPort, randomBytes(1 << 16), 2000),
    intrude(trackerPort, encodeHeader(1, 0, 2 ** 32 - 1), 2000),
    intrude(trackerPort, helloWith("guess", 1), 2000),
    intrude(trackerPort, helloWith("", 2), 2000),
    intrude(trackerPort, new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 2000),
  ]);
  expect(answers).toEqual(new Array(5).fill("hung up"));
  void intrude(trackerPort, new Uint8Array(0), 500);
  await drive.ended;
  expect(drive.error, drive.log).toBeUndefined();
  expect(drive.done?.attempts).toBe(1);
});
