import type { BillLine } from './bill.ts'
import type { Stretch } from './stretches.ts'
import type { DayNumber } from './zone-time.ts'
import { localDayOf } from './zone-time.ts'

type Cut = { readonly day: DayNumber; readonly cap: number; amount: number }

/** The caps of one stay while the meter runs: each unit is cut when it is due, to what is left of its local day's cap, and of the stay's, by the rates of that moment. */
export class Caps {
  #day: DayNumber = Number.NaN
  #dayCharged = 0
  #stayCharged = 0
  #dayCut: Cut | null = null
  #stayCut: Cut | null = null

  enter({ day }: Stretch): void {
    if (day === this.#day) return
    this.#day = day
    this.#dayCharged = 0
  }

  /** What is left of an amount that becomes due. */
  cut({ day, rates }: Stretch, amount: number): number {
    const { capPerDay, capPerStay } = rates.table
    let due = amount
    if (capPerDay !== null && due > capPerDay - this.#dayCharged) {
      const within = Math.max(0, capPerDay - this.#dayCharged)
      this.#dayCut ??= { day, cap: capPerDay, amount: 0 }
      this.#dayCut.amount += due - within
      due = within
    }
    if (capPerStay !== null && due > capPerStay - this.#stayCharged) {
      const within = Math.max(0, capPerStay - this.#stayCharged)
      this.#stayCut ??= { day, cap: capPerStay, amount: 0 }
      this.#stayCut.amount += due - within
      due = within
    }
    this.#dayCharged += due
    this.#stayCharged += due
    return due
  }

  /** What they have cut since they were asked last, a line each. */
  lines(segment: number): readonly BillLine[] {
    const [ofDay, ofStay] = [this.#dayCut, this.#stayCut]
    this.#dayCut = null
    this.#stayCut = null
    const lines: BillLine[] = []
    if (ofDay !== null)
      lines.push({ kind: 'cap-per-day', segment, amount: -ofDay.amount, day: localDayOf(ofDay.day), cap: ofDay.cap })
    if (ofStay !== null) lines.push({ kind: 'cap-per-stay', segment, amount: -ofStay.amount, cap: ofStay.cap })
    return lines
  }
}
