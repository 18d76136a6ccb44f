// Records of numbers in typed arrays, whose fields have names: the order of the names says where each stands.

/** The place of each name in a record: `placesOf("group", "rowBegin")` is { group: 0, rowBegin: 1 }. */
export function placesOf<const Name extends string>(
  ...names: readonly Name[]
): { readonly [N in Name]: number } {
  return Object.fromEntries(names.map((name, place) => [name, place])) as { [N in Name]: number };
}

/** How many numbers a record has. */
export function lengthOf(places: Readonly<Record<string, number>>): number {
  return Object.keys(places).length;
}
