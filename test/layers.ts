// The layers of src as docs/internals/layers.md lists them: the table there is the only place where they stand.

import { readFileSync } from "node:fs";
import { rootFolder } from "./require.ts";

export interface Layer {
  /** From the bottom up; the same for names of one row. */
  readonly rank: number;
  /** A folder or a file below src: "node/files", "edge.ts". */
  readonly name: string;
  /** Packages that it may import, without subpath. */
  readonly packages: readonly string[];
  readonly platform: "web" | "Node" | "page";
}

/** One for each name of the table. */
export function readLayers(): Layer[] {
  const text = readFileSync(`${rootFolder}docs/internals/layers.md`, "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row, rank) => {
    const [, names, , packages, platform] = row.split("|").map((cell) => cell.trim());
    if (!["web", "Node", "page"].includes(platform)) throw new Error(`layers.md: no platform in ${row}`);
    return quoted(names).map((name) => ({
      rank,
      name,
      packages: quoted(packages),
      platform: platform as Layer["platform"],
    }));
  });
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
}

/** The layer of a file or folder below src: the one with the longest name that its path begins with. */
export function layerOf(path: string, layers: readonly Layer[]): Layer | undefined {
  const holds = ({ name }: Layer): boolean => path === name || path.startsWith(`${name}/`);
  return layers.filter(holds).sort((a, b) => b.name.length - a.name.length)[0];
}
