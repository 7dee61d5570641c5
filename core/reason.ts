/** What somebody gives as a reason is kept as it was said, in the vault; so long at most. */
export const REASON_CHARACTERS_MAX = 500

/** Whether it says anything, and no more than is kept. */
export function isReason(reason: string): boolean {
  return reason.trim() !== '' && reason.length <= REASON_CHARACTERS_MAX
}
