import type { QrReader } from '../devices/qr-reader.ts'
import type { Shown } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import type { PayersRecord, Purchase } from './payers-record.ts'

export type HoldingUp = {
  readonly world: World
  readonly record: PayersRecord
  readonly purchase: Purchase
  readonly reader: QrReader
  /** What the phone shows now. Asked for at each try: a code may have rotated. */
  code(): Shown
  /** Without an answer for so long, the code is held up again. */
  readonly patienceMs: number
  readonly triesMax: number
}

/**
 * Holds a code up to a reader until somebody says something. `onAnswer` is called once: with the first answer to any of the tries, or with `undefined` when the
 * last try has brought none; or never, when the returned function was called before. An answer that comes later is still written into the record.
 */
export function holdUp(holding: HoldingUp, onAnswer: (answer: Answer | undefined, shown: Shown) => void): () => void {
  const { world, record, purchase, reader, patienceMs, triesMax } = holding
  let isOver = false
  let alarm: Alarm | undefined

  function attempt(triesLeft: number): void {
    const shown = holding.code()
    const finish = (answer: Answer | undefined): void => {
      if (isOver) return
      isOver = true
      alarm?.cancel()
      onAnswer(answer, shown)
    }
    const event = reader.show(shown.text, (answer) => {
      if (showing !== undefined) showing.answer = answer ?? 'given-up'
      if (answer !== undefined) finish(answer)
    })
    const showing = event === undefined ? undefined : record.shown(purchase, shown, reader.firmware.device, event)
    alarm = world.timeline.after(patienceMs, () => {
      if (triesLeft > 1) attempt(triesLeft - 1)
      else finish(undefined)
    })
  }

  attempt(triesMax)
  return () => {
    isOver = true
    alarm?.cancel()
  }
}

/** Shows it at a second reader as well, at the same moment, and does not look at what that one says. */
export function holdUpElsewhere({ record, purchase }: HoldingUp, shown: Shown, elsewhere: QrReader): void {
  purchase.isShared = true
  const event = elsewhere.show(shown.text, (answer) => {
    if (showing !== undefined) showing.answer = answer ?? 'given-up'
  })
  const showing = event === undefined ? undefined : record.shown(purchase, shown, elsewhere.firmware.device, event)
}
