// Connections with TLS: the training is the same, and who has no certificate of the run's authority is not let in.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectTo, listenOn } from "../../../src/node/sockets/sockets.ts";
import { readTls, type TlsFiles } from "../../../src/node/sockets/tls-files.ts";
import { catchError, catchRejection } from "../../oracle/catch-error.ts";
import { hasOpenssl, makeCertificate } from "./certificates.ts";
import { Drive, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasOpenssl)("with certificates", () => {
  let ours: TlsFiles;
  let theirs: TlsFiles;

  beforeAll(() => {
    ours = makeCertificate(folder, "ours");
    theirs = makeCertificate(folder, "theirs");
  });

  test("two workers train as without", async () => {
    const table = join(folder, "table.csv");
    writeSmallTable(table, 400);
    const digests = [];
    for (const tls of [undefined, ours]) {
      const drive = new Drive({
        options: {
          params: { objective: "multi:softprob" },
          totalRounds: 5,
          datasets: { train: table },
          label: "y",
          table: { labelKind: "class" },
          scaling: { workers: 2 },
          tls,
        },
      });
      await drive.ended;
      expect(drive.error, drive.log).toBeUndefined();
      digests.push(drive.done?.digest);
    }
    expect(digests[1]).toBe(digests[0]);
  });

  test("who has a certificate of another authority, or none, is not let in", async () => {
    let accepted = 0;
    const listener = await listenOn("127.0.0.1", 0, () => accepted++, readTls(ours));
    try {
      const address = `127.0.0.1:${listener.port}`;
      // Does not know the listener's authority either.
      await catchRejection(connectTo(address, 300, readTls(theirs)));
      const plain = await connectTo(address, 300);
      plain.on("error", () => {});
      plain.end("no handshake");
      await new Promise((resolve) => plain.once("close", resolve));
      expect(accepted).toBe(0);
      const friend = await connectTo(address, 3000, readTls(ours));
      // With TLS 1.3 the caller is done before the listener is.
      expect(await waitUntil(() => accepted === 1, 3000)).toBe(true);
      friend.destroy();
    } finally {
      listener.close();
    }
  });
});

test("a file that cannot be read is named", () => {
  const path = join(folder, "none.pem");
  writeFileSync(join(folder, "some.pem"), "");
  const files = { certificate: path, key: path, authority: path };
  expect(catchError(() => readTls(files)).message).toContain(path);
});
