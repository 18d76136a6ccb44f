// The source files of the package and what they import, read as text: enough to check layers, without
// a compiler. Comments are left out; strings are left out too where only code is asked for.

import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { rootFolder } from "./require.ts";

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The file in src that it means, as "core/errors.ts"; undefined for a package. */
  readonly file: string | undefined;
  readonly isDynamic: boolean;
  /** `import type` or `export type`: gone after compilation. */
  readonly isType: boolean;
}

export interface SourceFile {
  /** Below src, with forward slashes: "core/errors.ts". */
  readonly path: string;
  readonly text: string;
  /** The text without comments and without the contents of strings. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** All TypeScript files below src. */
export function readSources(): SourceFile[] {
  const paths = globSync("**/*.ts", { cwd: `${rootFolder}src` }).map((path) => path.replaceAll("\\", "/"));
  return paths.sort().map((path) => parseSource(path, readFileSync(`${rootFolder}src/${path}`, "utf8")));
}

const COMMENT_OR_STRING =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const STATIC = /^(?:import|export)\s+(type\s)?\s*(?:[\w*\s{},$]+?\s+from\s*)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\s*(\()\s*"([^"]+)"/g;

export function parseSource(path: string, text: string): SourceFile {
  const uncommented = text.replace(COMMENT_OR_STRING, (part) => (part.startsWith("/") ? " " : part));
  const code = text.replace(COMMENT_OR_STRING, (part) => (part.startsWith("/") ? " " : '""'));
  const imports: Import[] = [];
  for (const pattern of [STATIC, DYNAMIC]) {
    for (const [, mark, specifier] of uncommented.matchAll(pattern)) {
      const file = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
      imports.push({ specifier, file, isDynamic: mark === "(", isType: mark?.startsWith("type") ?? false });
    }
  }
  return { path, text, code, imports };
}

/** The files that loading `entry` loads: static imports only, types among them. */
export function reachableFrom(entry: string, sources: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<SourceFile>();
  const visit = (path: string): void => {
    const source = byPath.get(path);
    if (source === undefined || reached.has(source)) return;
    reached.add(source);
    for (const { file, isDynamic } of source.imports) if (file !== undefined && !isDynamic) visit(file);
  };
  visit(entry);
  return [...reached];
}
