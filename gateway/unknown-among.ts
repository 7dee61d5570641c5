const KNOWN_NAMED_MAX = 5

/** What is wrong with the stalls or lanes that a client is to have; `undefined` where the layout has them all. Names a few that it has. */
export function unknownAmong(
  what: 'stall' | 'lane',
  asked: readonly string[],
  known: readonly string[],
): { readonly id: string; readonly says: string } | undefined {
  const id = asked.find((each) => !known.includes(each))
  if (id === undefined) return undefined
  const more = known.length - KNOWN_NAMED_MAX
  const named = known.slice(0, KNOWN_NAMED_MAX).join(', ')
  const others = known.length === 0 ? 'has none' : more > 0 ? `has ${named} and ${more} more` : `has ${named}`
  return { id, says: `no ${what} of that name: the layout ${others}` }
}
