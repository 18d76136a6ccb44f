import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeZip } from "../../../../src/node/engines/ray/zip.ts";
import { python, testNeeding } from "../../../require.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const entries = [
  { path: "a.txt", content: bytes("first") },
  { path: "folder/größe.js", content: bytes("x".repeat(100_000)) },
  { path: "empty", content: bytes("") },
];

test("the same files give the same bytes", () => {
  expect(writeZip(entries)).toEqual(writeZip(entries));
  expect(writeZip(entries).length).toBeLessThan(1000);
});

testNeeding("python", "Python unpacks what was packed", () => {
  const folder = mkdtempSync(join(tmpdir(), "coppice-zip-"));
  try {
    writeFileSync(join(folder, "a.zip"), writeZip(entries));
    const program = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps([[i.filename, archive.read(i).decode()] for i in archive.infolist()]))`;
    const run = spawnSync(python, ["-c", program, join(folder, "a.zip")], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toEqual(
      entries.map(({ path, content }) => [path, new TextDecoder().decode(content)]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
