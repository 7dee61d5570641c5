/** How often each thing of some kind has happened. */
export type Counts<Name extends string> = Record<Name, number>

export function countsOf<Name extends string>(names: readonly Name[]): Counts<Name> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Counts<Name>
}

export function addCounts<Name extends string>(to: Counts<Name>, from: Counts<Name>): void {
  for (const name of Object.keys(from) as Name[]) to[name] = (to[name] ?? 0) + from[name]
}
