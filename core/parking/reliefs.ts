import type { BillLine, NamedRight } from './bill.ts'
import type { HeldRight } from './held-rights.ts'
import { BASIS_POINTS } from './held-rights.ts'

/** A right while the meter runs: the next of its edges, and what is left of its amount. */
type Holding = { readonly held: HeldRight; readonly worth: number; edge: number; left: number; off: number }

/** What rights take off one stay while the meter runs: of what becomes due while they hold, first the greatest share, then amounts, each until it is used up. */
export class Reliefs {
  readonly #holdings: readonly Holding[]
  /** Those that hold at this moment. */
  #cover: Holding | null = null
  #share: { readonly holding: Holding; readonly basisPoints: number } | null = null
  #amounts: Holding[] = []
  /** What shares take off so far, in whole units and ten-thousandths: exact far beyond 2^53. */
  #sharedWhole = 0
  #sharedParts = 0

  constructor(used: readonly HeldRight[]) {
    this.#holdings = used.map((held) => {
      const { relief } = held.right
      const worth = relief.kind === 'amount' ? relief.amount.amount : 0
      return { held, worth, edge: 0, left: worth, off: 0 }
    })
  }

  /** Which of them hold from here on; returns until when nothing changes among them, at most `until`. */
  look(from: number, until: number): number {
    this.#cover = null
    this.#share = null
    this.#amounts = []
    let changes = until
    for (const holding of this.#holdings) {
      const { edges, right } = holding.held
      while ((edges[holding.edge] ?? NEVER) <= from) holding.edge += 1
      changes = Math.min(changes, edges[holding.edge] ?? NEVER)
      const isHolding = holding.edge % 2 === 1
      if (!isHolding) continue
      const { relief } = right
      switch (relief.kind) {
        case 'covers':
        case 'first-minutes':
          this.#cover ??= holding
          break
        case 'share':
          if (relief.basisPoints > (this.#share?.basisPoints ?? 0)) {
            this.#share = { holding, basisPoints: relief.basisPoints }
          }
          break
        case 'amount':
          this.#amounts.push(holding)
          break
      }
    }
    return changes
  }

  /** The right that covers this moment: no unit begins. */
  get cover(): NamedRight | null {
    return this.#cover?.held.named ?? null
  }

  /** The right under which this moment stands in the bill. */
  get named(): NamedRight | null {
    return (this.#cover ?? this.#share?.holding)?.held.named ?? null
  }

  /** What is left of an amount that becomes due. */
  takeOff(amount: number): number {
    let due = amount
    if (this.#share !== null) {
      const off = this.#shareOff(due, this.#share.basisPoints)
      this.#share.holding.off += off
      due -= off
    }
    for (const holding of this.#amounts) {
      const off = Math.min(due, holding.left)
      holding.left -= off
      holding.off += off
      due -= off
    }
    return due
  }

  /** What they have taken off since they were asked last, a line each. */
  lines(segment: number): readonly BillLine[] {
    const lines: BillLine[] = []
    for (const holding of this.#holdings) {
      const { off, held, worth } = holding
      if (off === 0) continue
      holding.off = 0
      const line = { segment, amount: -off, right: held.named }
      const { relief } = held.right
      if (relief.kind === 'share') lines.push({ kind: 'share-off', ...line, basisPoints: relief.basisPoints })
      else lines.push({ kind: 'amount-off', ...line, worth })
    }
    return lines
  }

  /** How much more the shares of the whole stay are now, rounded up. Never more than `due`. */
  #shareOff(due: number, basisPoints: number): number {
    const before = this.#sharedWhole + Math.ceil(this.#sharedParts / BASIS_POINTS)
    const rest = due % BASIS_POINTS
    const parts = this.#sharedParts + rest * basisPoints
    this.#sharedWhole += ((due - rest) / BASIS_POINTS) * basisPoints + Math.floor(parts / BASIS_POINTS)
    this.#sharedParts = parts % BASIS_POINTS
    return this.#sharedWhole + Math.ceil(this.#sharedParts / BASIS_POINTS) - before
  }
}

const NEVER = Number.POSITIVE_INFINITY
