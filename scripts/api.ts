// `npm run api`: writes down the public surface of every entry of the package, one file each in docs/api, from
// the declarations of the build. test/api.test.ts compares: a change of the surface is seen in review.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("../", import.meta.url));
export const apiFolder = `${root}docs/api/`;

/** An entry, under all its names, with its declarations in order: the lines of each. */
interface Entry {
  readonly names: readonly string[];
  readonly declarations: readonly string[];
}

/** The reports by file name. What stands in the report of an earlier entry is named, not repeated. */
export function describeEntries(): Record<string, string> {
  const entries = [...entryDeclarations()].map(([path, names]) => ({ names, declarations: declare(path) }));
  return Object.fromEntries(
    entries.map((entry, place) => [fileName(entry), describe(entry, entries.slice(0, place))]),
  );
}

/** Declaration files of package.json's `exports`, with the names under which users import them. */
function entryDeclarations(): Map<string, string[]> {
  const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    name: string;
    exports: Record<string, string | { types: string }>;
  };
  const namesOf = new Map<string, string[]>();
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    const names = [...(namesOf.get(target.types) ?? []), name + entry.slice(1)];
    namesOf.set(
      target.types,
      names.sort((a, b) => a.length - b.length),
    );
  }
  return namesOf;
}

/** What a user of the entry sees, and what that mentions, sorted by name. */
function declare(path: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "coppice-api-"));
  try {
    Extractor.invoke(configure(join(root, path), folder), {
      localBuild: true,
      messageCallback: (message) => {
        message.handled = message.logLevel !== "error";
      },
    });
    const report = readFileSync(join(folder, "entry.api.md"), "utf8");
    const code = report.split("```")[1].replace(/^ts\n/, "");
    // Every declaration is public; what it means stands in the source.
    const blocks = code.split("\n\n").map((block) => block.replaceAll(/^ *\/\/ .*(\n|$)/gm, "").trim());
    return blocks.filter((block) => block !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function configure(entryPath: string, folder: string): ExtractorConfig {
  const { compilerOptions } = JSON.parse(readFileSync(`${root}tsconfig.json`, "utf8")) as {
    compilerOptions: object;
  };
  const isSilent = { default: { logLevel: "none" as never } };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}package.json`,
    configObject: {
      projectFolder: root,
      newlineKind: "lf",
      mainEntryPointFilePath: entryPath,
      // As users compile: without Node's types.
      compiler: {
        overrideTsconfig: { compilerOptions: { ...compilerOptions, types: [] }, files: [entryPath] },
      },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: "entry",
        reportFolder: folder,
        reportTempFolder: join(folder, "temp"),
      },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" as never } },
        extractorMessageReporting: isSilent,
        tsdocMessageReporting: isSilent,
      },
    },
  });
}

function fileName({ names: [name] }: Entry): string {
  return `${name.replaceAll("/", "-")}.api.md`;
}

function describe({ names, declarations }: Entry, earlier: readonly Entry[]): string {
  const own = new Set(declarations);
  const passedOn: string[] = [];
  for (const entry of earlier) {
    const shared = entry.declarations.filter((each) => own.delete(each));
    const exported = [...new Set(shared.flatMap(exportedName))];
    if (exported.length === 0) continue;
    passedOn.push(`As in [${entry.names[0]}](${fileName(entry)}): ${exported.join(", ")}.\n`);
  }
  return [
    `# ${names.join(", ")}\n`,
    "Written by `npm run api`; do not edit. What stands without `export` is mentioned, but cannot be imported.\n",
    ...passedOn,
    ...(own.size > 0 ? [`\`\`\`ts\n${[...own].join("\n\n")}\n\`\`\`\n`] : []),
    ...(declarations.length === 0 ? ["Exports nothing: it is loaded for what it does.\n"] : []),
  ].join("\n");
}

/** The name that the declaration exports, or none. */
function exportedName(declaration: string): string[] {
  const direct = /^export (?:default )?(?:abstract )?(?:class|const|enum|function|interface|let|type) (\w+)/;
  const renamed = /^export \{ (?:\w+ as )?(\w+) \}/m;
  return [(direct.exec(declaration) ?? renamed.exec(declaration))?.[1] ?? []].flat();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(apiFolder, { recursive: true, force: true });
  mkdirSync(apiFolder, { recursive: true });
  for (const [name, text] of Object.entries(describeEntries())) writeFileSync(apiFolder + name, text);
}
