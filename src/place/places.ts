// The places that a program knows, by the schemes of URLs. A text without a scheme is a path, which belongs to
// "file" like its URLs; a scheme that nobody knows is refused by name, before anything is read or written.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { ByteSource } from "../input/table/bytes.ts";
import type { Place } from "./place.ts";

/**
 * The scheme of a URL such as "s3://bucket/key", in small letters; undefined for a path. Of one letter it is a
 * drive of Windows.
 */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1].toLowerCase();
}

/** The error for a scheme that `option` cannot have. */
export function unknownScheme(option: string, text: string, known: readonly string[]): CoppiceError {
  const scheme = /^[^:]*/.exec(text)![0].toLowerCase();
  return new CoppiceError(
    "INVALID_PARAMETER",
    `\`${option}\` must be a path or a URL of a known scheme (${known.join(", ")}), ` +
      `got ${showValue(text)} with the scheme ${scheme}`,
    { parameter: option, scheme },
  );
}

/** The last part of a path in full. */
export function nameOf(fullPath: string): string {
  return fullPath.slice(fullPath.lastIndexOf("/") + 1);
}

/** The folder of a path in full. */
export function folderOf(fullPath: string): string {
  const folder = fullPath.slice(0, Math.max(0, fullPath.lastIndexOf("/")));
  // The root, or that of a drive.
  return folder === "" || /^[a-z]:$/i.test(folder) ? `${folder}/` : folder;
}

/** Names of files, given by their paths in full: each by its path below the deepest folder that holds them all. */
export function namesBelow(fullPaths: readonly string[]): string[] {
  const paths = fullPaths.map((path) => path.split("/"));
  const [first] = paths;
  let depth = 0;
  while (paths.every((path) => depth < path.length - 1 && path[depth] === first[depth])) depth++;
  return paths.map((path) => path.slice(depth).join("/"));
}

export class Places {
  readonly #byScheme: Readonly<Record<string, Place>>;

  /** @param byScheme "file" among them */
  constructor(byScheme: Readonly<Record<string, Place>> & { readonly file: Place }) {
    this.#byScheme = byScheme;
  }

  /** Those that are known. */
  get schemes(): readonly string[] {
    return Object.keys(this.#byScheme);
  }

  /**
   * The place that a path or URL points to.
   *
   * @param option what the user calls it, for the error
   * @throws {CoppiceError} INVALID_PARAMETER when the scheme is unknown
   */
  of(text: string, option: string = "path"): Place {
    const scheme = schemeOf(text) ?? "file";
    if (Object.hasOwn(this.#byScheme, scheme)) return this.#byScheme[scheme];
    throw unknownScheme(option, text, this.schemes);
  }

  /** @throws {CoppiceError} INVALID_PARAMETER when one of the texts has an unknown scheme; other values are not looked at */
  check(option: string, values: unknown): void {
    for (const value of [values].flat()) if (typeof value === "string") this.of(value, option);
  }

  /** Opens files, in their order. @throws {CoppiceError} INVALID_DATA when one is not there */
  async open(paths: readonly string[]): Promise<ByteSource[]> {
    const sources: ByteSource[] = [];
    for (const path of paths) sources.push(await this.of(path).open(path));
    return sources;
  }

  /**
   * The files that `patterns` mean, each once, in the order of their names. A path that exists is
   * itself even if it holds characters of a glob.
   *
   * @throws {CoppiceError} INVALID_DATA when a glob matches no file; INVALID_PARAMETER when a scheme is unknown
   */
  async expand(patterns: string | readonly string[], option: string = "paths"): Promise<string[]> {
    this.check(option, patterns);
    const paths = new Set<string>();
    for (const pattern of [patterns].flat() as string[]) {
      const place = this.of(pattern);
      if (!/[*?[{]/.test(pattern) || (await isFile(place, pattern))) {
        paths.add(pattern);
        continue;
      }
      const found = await place.glob(pattern);
      if (found.length === 0) {
        throw new CoppiceError("INVALID_DATA", `no file matches ${pattern}`, { path: pattern });
      }
      for (const path of found) paths.add(path);
    }
    return [...paths].sort();
  }
}

async function isFile(place: Place, path: string): Promise<boolean> {
  const entry = await place.stat(path).catch(() => undefined);
  return entry !== undefined && entry.kind !== "folder";
}
