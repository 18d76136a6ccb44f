// Connections with TLS: the training is the same, and who has no certificate of the run's authority is not let in.

import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectTo, listenOn } from "../../../src/node/sockets/sockets.ts";
import { readTls, tlsEnvironment, tlsFilesOf } from "../../../src/node/sockets/tls-files.ts";
import { catchError, catchRejection } from "../../oracle/catch-error.ts";
import { Drive, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** Makes an authority and a certificate that it has signed. */
function makeFiles(name: string) {
  const at = (file: string) => join(folder, `${name}-${file}.pem`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", at("ca-key"), "-out", at("authority"), "-subj", `/CN=${name}`);
  openssl("req", ...key.slice(0, 5), "-keyout", at("key"), "-out", at("request"), "-subj", "/CN=worker");
  const signer = ["-CA", at("authority"), "-CAkey", at("ca-key"), "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", at("request"), ...signer, "-out", at("certificate"));
  return { certificate: at("certificate"), key: at("key"), authority: at("authority") };
}

describe.skipIf(!hasOpenssl)("with certificates", () => {
  let ours: ReturnType<typeof makeFiles>;
  let theirs: ReturnType<typeof makeFiles>;

  beforeAll(() => {
    ours = makeFiles("ours");
    theirs = makeFiles("theirs");
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

test("the files travel in the environment, all three or none", () => {
  const files = { certificate: "a", key: "b", authority: "c" };
  expect(tlsFilesOf(tlsEnvironment(files))).toEqual(files);
  expect(tlsFilesOf(tlsEnvironment(undefined))).toBeUndefined();
  expect(catchError(() => tlsFilesOf({ COPPICE_TLS_KEY: "b" })).message).toMatch(/needs COPPICE_TLS_/);
});

test("a file that cannot be read is named", () => {
  const path = join(folder, "none.pem");
  writeFileSync(join(folder, "some.pem"), "");
  const files = { certificate: path, key: path, authority: path };
  expect(catchError(() => readTls(files)).message).toContain(path);
});
