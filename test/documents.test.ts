// What the documents name exists: files of the repository, and files that they link to.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { rootFolder } from "./machine.ts";

const documents = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: rootFolder })].filter(
  (path) => !path.startsWith("docs/api/"),
);

test.each(documents)("%s names and links to what exists", (path) => {
  const text = readFileSync(join(rootFolder, path), "utf8");
  const named = [...text.matchAll(/`((?:src|test|bench|scripts|assembly|fixtures)\/[\w./-]*\w)`/g)];
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
  const wanted = [
    ...named.map(([, file]) => join(rootFolder, file)),
    ...linked.map(([, file]) => join(rootFolder, dirname(path), file)),
  ];
  expect(wanted.filter((file) => !existsSync(file))).toEqual([]);
});

test("the documents are found", () => {
  expect(documents.length).toBeGreaterThan(10);
});
