import type { Verified, Verifier } from '../../gateway/tokens/verify.ts'

/** A verifier whose checks end when and in which order a test says. The signatures are still really checked. */
export type HeldVerifier = {
  readonly through: (verifier: Verifier) => Verifier
  /** Texts whose check waits to be ended, in the order in which they came. */
  held(): readonly string[]
  /** From now on checks wait for `release`. */
  hold(): void
  release(text: string): void
  releaseAll(): void
  /** The next check throws. */
  breakNext(): void
  /** Every check is turned away until it is told otherwise. */
  setBusy(busy: boolean): void
}

export function heldVerifier(): HeldVerifier {
  const waiting = new Map<string, (() => void)[]>()
  let isHolding = false
  let isBusy = false
  let breaks = 0

  const release = (text: string): void => {
    const [first, ...rest] = waiting.get(text) ?? []
    if (rest.length === 0) waiting.delete(text)
    else waiting.set(text, rest)
    first?.()
  }

  return {
    through: (verifier) => ({
      get inFlight() {
        return verifier.inFlight
      },
      get waiting() {
        return verifier.waiting
      },
      async verify(text): Promise<Verified> {
        if (breaks > 0) {
          breaks -= 1
          throw new TypeError('a bug of ours')
        }
        if (isBusy) return { ok: false, refusal: 'busy', detail: 'enough wait already' }
        const verified = await verifier.verify(text)
        if (isHolding) {
          await new Promise<void>((resolve) => waiting.set(text, [...(waiting.get(text) ?? []), resolve]))
        }
        return verified
      },
    }),
    held: () => [...waiting.keys()],
    hold() {
      isHolding = true
    },
    release,
    releaseAll() {
      isHolding = false
      for (const text of [...waiting.keys()]) release(text)
    },
    breakNext() {
      breaks += 1
    },
    setBusy(busy) {
      isBusy = busy
    },
  }
}
