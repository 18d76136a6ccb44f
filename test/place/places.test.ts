import { expect, test } from "vitest";
import type { Place } from "../../src/place/place.ts";
import { folderOf, nameOf, namesBelow, Places, schemeOf } from "../../src/place/places.ts";

const nowhere: Place = {
  open: () => Promise.reject(new Error("none")),
  read: () => Promise.reject(new Error("none")),
  stat: () => Promise.reject(new Error("none")),
  glob: async () => [],
  list: async () => [],
  write: async () => 0,
  makeFolder: async () => {},
  checkWritable: async () => {},
  sweep: async () => {},
  storage: () => {
    throw new Error("none");
  },
  join: (folder, name) => `${folder}/${name}`,
  resolve: (path) => path,
};

/** Has the files of these names, and a folder above each. */
function memory(...files: string[]): Place {
  const stat = async (path: string) => {
    if (files.includes(path)) return { kind: "file", sizeBytes: 1, modifiedMs: 0 } as const;
    if (files.some((file) => file.startsWith(`${path}/`)))
      return { kind: "folder", sizeBytes: 0, modifiedMs: 0 } as const;
    throw new Error("none");
  };
  const glob = async (pattern: string) => files.filter((file) => file.startsWith(pattern.replace("*", "")));
  return { ...nowhere, stat, glob };
}

test.each([
  ["s3://bucket/key", "s3"],
  ["GS://bucket", "gs"],
  ["file:///x", "file"],
  ["data/train.csv", undefined],
  ["/abs/train.csv", undefined],
  ["C:\\data\\train.csv", undefined],
  ["c://data/train.csv", undefined],
  ["runs:1/model.json", undefined],
  ["./s3://odd", undefined],
  ["", undefined],
])("the scheme of %s is %s", (text, scheme) => {
  expect(schemeOf(text)).toBe(scheme);
});

test("a text belongs to the place of its scheme, a path to that of files", () => {
  const [file, mem] = [memory(), memory()];
  const places = new Places({ file, mem });
  expect(places.of("a/b")).toBe(file);
  expect(places.of("file:///a/b")).toBe(file);
  expect(places.of("mem://a/b")).toBe(mem);
});

test("an unknown scheme is refused by option, scheme and those that are known", () => {
  const places = new Places({ file: memory(), mem: memory() });
  expect(() => places.of("s3://bucket/runs", "storage")).toThrow(
    expect.objectContaining({
      code: "INVALID_PARAMETER",
      message:
        '`storage` must be a path or a URL of a known scheme (file, mem), got "s3://bucket/runs" with the scheme s3',
      details: { parameter: "storage", scheme: "s3" },
    }),
  );
  // Names that every object has are no schemes.
  expect(() => places.of("constructor://x")).toThrow("with the scheme constructor");
  expect(() => places.check("data", ["a.csv", "gs://b/*.csv"])).toThrow("`data` must be");
  places.check("data", [undefined, 3, {}, "mem://x"]);
});

test("patterns of several places give each file once, in the order of names", async () => {
  const places = new Places({
    file: memory("p-2.csv", "p-1.csv", "q*.csv"),
    mem: memory("mem://p-3.csv", "mem://p-4.csv"),
  });
  expect(await places.expand(["p-*", "p-1.csv", "mem://p-*", "q*.csv"])).toEqual([
    "mem://p-3.csv",
    "mem://p-4.csv",
    "p-1.csv",
    "p-2.csv",
    "q*.csv",
  ]);
  await expect(places.expand("mem://z*")).rejects.toThrow("no file matches mem://z*");
  await expect(places.expand(["p-1.csv", "s3://b/*"], "data")).rejects.toThrow("`data` must be");
});

test.each([
  [["/d/p-1.csv"], ["p-1.csv"]],
  [
    ["/d/p-1.csv", "/d/e/p-1.csv"],
    ["p-1.csv", "e/p-1.csv"],
  ],
  [
    ["/d/a/x", "/d/b/x"],
    ["a/x", "b/x"],
  ],
  [
    ["/d/ab/x", "/d/a/x"],
    ["ab/x", "a/x"],
  ],
  [
    ["s3://b/k/x", "s3://b/k/y"],
    ["x", "y"],
  ],
])("the files %j are called %j below their common folder", (paths, names) => {
  expect(namesBelow(paths)).toEqual(names);
});

test("a path in full is a folder and a name", () => {
  expect([folderOf("/runs/a"), nameOf("/runs/a")]).toEqual(["/runs", "a"]);
  expect([folderOf("/a"), nameOf("/a")]).toEqual(["/", "a"]);
  expect([folderOf("C:/a"), nameOf("C:/a")]).toEqual(["C:/", "a"]);
  expect([folderOf("s3://b/a"), nameOf("s3://b/a")]).toEqual(["s3://b", "a"]);
});
