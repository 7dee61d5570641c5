const PLATE_END_CHARACTERS = 4

/** Of a plate its last 4 characters: enough to tell the vehicle that stands there. All of it takes a search, which is recorded. */
export function plateEnd(plate: string): string {
  return [...plate].slice(-PLATE_END_CHARACTERS).join('')
}
