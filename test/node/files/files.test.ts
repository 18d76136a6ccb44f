import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readAll } from "../../../src/input/table/bytes.ts";
import { fileSource, readFileBytes, writeFileAtomic } from "../../../src/node/files/files.ts";
import { places } from "../../../src/node/files/places.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/coppice-`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (bytes: ArrayBuffer | Uint8Array) => new TextDecoder().decode(bytes);

describe("fileSource", () => {
  test("reads slices and streams, several times over", async () => {
    const content = "0123456789".repeat(100_000);
    writeFileSync(`${folder}/a.txt`, content);
    const source = await fileSource(`${folder}/a.txt`);
    expect([source.name, source.byteLength]).toEqual([`${folder}/a.txt`, 1_000_000]);
    expect(text(await source.slice(5, 12))).toBe("5678901");
    expect(text(await source.slice(999_995, 1_000_100))).toBe("56789");
    for (let i = 0; i < 2; i++) expect(text(await readAll(source))).toBe(content);
    await source.close();
    await source.close();
  });

  test("unpacks gzip of several members, told by the content", async () => {
    const parts = ["first,", "second"].map((part) => gzipSync(part));
    writeFileSync(`${folder}/a.csv`, Buffer.concat(parts));
    const source = await fileSource(`${folder}/a.csv`);
    expect(text(await readAll(source))).toBe("first,second");
    expect(source.byteLength).toBe(parts[0].length + parts[1].length);
  });

  test("reports gzip that is cut off", async () => {
    const packed = gzipSync("x".repeat(100_000));
    writeFileSync(`${folder}/a.gz`, packed.subarray(0, 60));
    await expect(readAll(await fileSource(`${folder}/a.gz`))).rejects.toThrow(
      `${folder}/a.gz: damaged gzip data: unexpected end of file`,
    );
  });

  test("leaves no file open when reading stops early", async () => {
    writeFileSync(`${folder}/a.gz`, gzipSync("y".repeat(5_000_000)));
    const source = await fileSource(`${folder}/a.gz`);
    for await (const chunk of source.stream()) {
      expect(chunk[0]).toBe(121);
      break;
    }
    await source.close();
  });

  test("names a file that does not exist and a folder", async () => {
    await expect(fileSource(`${folder}/none`)).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: `cannot read ${folder}/none: no such file`,
      details: { path: `${folder}/none`, systemCode: "ENOENT" },
    });
    await expect(fileSource(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder`);
    await expect(readFileBytes(`${folder}/none`)).rejects.toThrow("no such file");
  });
});

describe("paths and globs", () => {
  test("gives each file once, in the order of names", async () => {
    mkdirSync(`${folder}/part-3.csv`);
    for (const name of ["part-10.csv", "part-2.csv", "other.txt", "we[i]rd.csv"])
      writeFileSync(`${folder}/${name}`, "");
    const inFolder = (names: string[]) => names.map((name) => `${folder}/${name}`);
    expect(await places.expand(`${folder}/part-*.csv`)).toEqual(inFolder(["part-10.csv", "part-2.csv"]));
    expect(
      await places.expand([`${folder}/part-*.csv`, `${folder}/other.txt`, `${folder}/part-2.csv`]),
    ).toEqual(inFolder(["other.txt", "part-10.csv", "part-2.csv"]));
    expect(await places.expand(`${folder}/we[i]rd.csv`)).toEqual(inFolder(["we[i]rd.csv"]));
  });

  test("names a glob that matches nothing", async () => {
    await expect(places.expand(`${folder}/*.parquet`)).rejects.toThrow(`no file matches ${folder}/*.parquet`);
  });
});

describe("writeFileAtomic", () => {
  test("writes text, bytes and portions, and says how many bytes", async () => {
    const path = `${folder}/out`;
    expect(await writeFileAtomic(path, "é")).toBe(2);
    expect(readFileSync(path, "utf8")).toBe("é");
    expect(await writeFileAtomic(path, Uint8Array.of(1, 2, 3))).toBe(3);
    async function* portions() {
      yield Uint8Array.of(65);
      yield new Uint8Array(0);
      yield Uint8Array.of(66, 67);
    }
    expect(await writeFileAtomic(path, portions())).toBe(3);
    expect(readFileSync(path, "utf8")).toBe("ABC");
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test("keeps the old file and leaves no trace when the content fails midway", async () => {
    writeFileSync(`${folder}/out`, "old");
    async function* failing() {
      yield Uint8Array.of(65);
      throw new Error("no more");
    }
    await expect(writeFileAtomic(`${folder}/out`, failing())).rejects.toThrow("no more");
    expect(readFileSync(`${folder}/out`, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  test("replaces what a symbolic link means, and keeps the mode", async () => {
    writeFileSync(`${folder}/real`, "old", { mode: 0o600 });
    symlinkSync(`${folder}/real`, `${folder}/link`);
    await writeFileAtomic(`${folder}/link`, "new");
    expect(lstatSync(`${folder}/link`).isSymbolicLink()).toBe(true);
    expect(readFileSync(`${folder}/real`, "utf8")).toBe("new");
    expect(statSync(`${folder}/real`).mode & 0o777).toBe(0o600);
  });

  test("names a folder that does not exist and one that stands in the way", async () => {
    await expect(writeFileAtomic(`${folder}/no/out`, "x")).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: `cannot write ${folder}/no/out: no such folder`,
    });
    await expect(writeFileAtomic(folder, "x")).rejects.toThrow(`cannot write ${folder}: it is a folder`);
  });

  test.skipIf(!existsSync("/dev/full"))("says that the disk is full", async () => {
    await expect(writeFileAtomic("/dev/full", "x")).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: "cannot write /dev/full: no space left on the device",
      details: { systemCode: "ENOSPC" },
    });
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  // A limit on the size of files fails in the middle of a write, as a full disk does.
  test.skipIf(process.platform === "win32")("cleans up when the system stops the write midway", () => {
    writeFileSync(`${folder}/out`, "old");
    const module = fileURLToPath(new URL("../../../src/node/files/files.ts", import.meta.url));
    writeFileSync(
      `${folder}/write.mts`,
      `import { writeFileAtomic } from ${JSON.stringify(module)};
       function* portions() { for (let i = 0; i < 64; i++) yield new Uint8Array(4096); }
       await writeFileAtomic(process.argv[2], portions()).catch((error) => console.log(error.message));`,
    );
    const command = `trap "" XFSZ; ulimit -f 64; exec "$0" "$1" "$2"`;
    const run = spawnSync("bash", ["-c", command, process.execPath, `${folder}/write.mts`, `${folder}/out`], {
      encoding: "utf8",
    });
    expect(run.stdout.trim()).toBe(`cannot write ${folder}/out: the file would be too large`);
    expect(readFileSync(`${folder}/out`, "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["out", "write.mts"]);
  });
});
