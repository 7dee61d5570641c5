/** What went wrong, in its own words: for people and logs. Without the stack, which says where in our code. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
