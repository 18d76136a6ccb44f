import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CovertypeSource, covertypeSource, downloadCovertype } from "../../src/datasets/covertype.ts";
import { generateForestCover } from "../../src/datasets/forest-cover.ts";

const table = generateForestCover({ rows: 3000, seed: 7 });
const lines = Array.from({ length: table.rowCount }, (_, row) => table.columns.map((c) => c[row]).join(","));
const file = gzipSync(`${lines.join("\n")}\n`);
const classCounts = [1, 2, 3, 4, 5, 6, 7].map((k) => table.columns[54].filter((label) => label === k).length);

let server: Server;
let source: CovertypeSource;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/covtype.data.gz") response.end(file);
    else if (request.url === "/slow") response.write(file.subarray(0, 10));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sha256 = createHash("sha256").update(file).digest("hex");
  source = { url: `http://127.0.0.1:${port}/covtype.data.gz`, sha256, classCounts };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("downloading Covertype", () => {
  it("reads what the file holds, and reports the bytes that arrived", async () => {
    let received = 0;
    const options = { source, onProgress: (bytes: number) => (received = bytes) };
    const downloaded = await downloadCovertype(options);
    expect(downloaded).toEqual(table);
    expect(received).toBe(file.length);
  });

  it("refuses a file with another digest", async () => {
    const altered = { ...source, sha256: covertypeSource.sha256 };
    await expect(downloadCovertype({ source: altered })).rejects.toThrow(
      `the SHA-256 digest must be ${covertypeSource.sha256}, got ${source.sha256}`,
    );
  });

  it("refuses a file with other counts", async () => {
    const counts = classCounts.with(0, classCounts[0] - 1).with(1, classCounts[1] + 1);
    await expect(downloadCovertype({ source: { ...source, classCounts: counts } })).rejects.toThrow(
      `class 1 must have ${counts[0]} rows, got ${classCounts[0]}`,
    );
    const more = classCounts.with(0, classCounts[0] + 1);
    await expect(downloadCovertype({ source: { ...source, classCounts: more } })).rejects.toThrow(
      "must have 3001 rows, got 3000",
    );
  });

  it("says what the server answered, and when there is none", async () => {
    const missing = { ...source, url: source.url.replace("covtype.data", "other") };
    await expect(downloadCovertype({ source: missing })).rejects.toThrow("the server answered 404");
    const nowhere = { ...source, url: "http://127.0.0.1:9/covtype.data.gz" };
    await expect(downloadCovertype({ source: nowhere })).rejects.toThrow(/cannot be downloaded: /);
  });

  it("stops when it is aborted", async () => {
    const controller = new AbortController();
    const slow = { ...source, url: source.url.replace("covtype.data.gz", "slow") };
    setTimeout(() => controller.abort(), 50);
    await expect(downloadCovertype({ source: slow, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("knows the published file", () => {
    expect(covertypeSource.classCounts.reduce((sum, count) => sum + count, 0)).toBe(581_012);
  });
});
