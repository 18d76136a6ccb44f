// Whether this Node is new enough. Imports nothing, so that an old one gets to say so instead of failing at
// a module that it does not have.

/** As `engines` of package.json says it. */
const WANTED = [22, 12] as const;

/** What to tell the user of a Node that is too old, by its version ("20.11.1"); undefined for a good one. */
export function refuseOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])) return undefined;
  return `coppice needs Node ${WANTED.join(".")} or newer; this is ${version}`;
}
