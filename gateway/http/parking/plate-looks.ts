import type { SessionId } from '../../../core/ids.ts'
import type { Mode } from '../../../core/mode.ts'
import { readPlate } from '../../../core/parking/plate.ts'
import { TICKET_DIGITS } from '../../../core/parking/ticket-digits.ts'
import type { HttpClock } from '../clock.ts'
import type { SiteReads } from '../reads.ts'
import { createRates } from '../request-rates.ts'
import type { HttpSettings } from '../settings.ts'

export type PlateLook =
  | { readonly ok: true; readonly session: SessionId }
  | {
      readonly ok: false
      readonly refusal: 'stay-not-found' | 'too-many-requests' | 'ticket-needed'
      readonly retryAfterMs?: number
    }

/** Finds a stay by its plate and the digits on its ticket, for whoever has no code: a driver, a merchant. */
export type PlateLooks = {
  /** `who` looks: an address, or a client. A wrong plate, wrong digits and a stay that is over are told in the same way. */
  look(who: string, plate: string, digits: string, mode: Mode): PlateLook
}

/**
 * Four digits can be guessed, so looks are few, and wrong ones fewer: for who looks and for all together, for each plate, and of all plates together, which also bounds whoever tries each plate
 * once. After a start the last of these has `allPlateWrongAtStartMax` and no more: what memory forgets gives nobody new tries. A ticket’s own code is never counted.
 */
export function createPlateLooks(
  reads: Pick<SiteReads, 'parking'>,
  clock: HttpClock,
  settings: HttpSettings,
): PlateLooks {
  const ofWho = createRates(settings.plateLooksPerSecondMax, settings.plateLookBurstMax)
  const ofAll = createRates(settings.allPlateLooksPerSecondMax, settings.allPlateLookBurstMax)
  const wrongOfPlate = createRates(settings.plateWrongPerSecondMax, settings.plateWrongBurstMax)
  const wrongOfAll = createRates(
    settings.allPlateWrongPerSecondMax,
    settings.allPlateWrongBurstMax,
    settings.allPlateWrongAtStartMax,
  )

  return {
    look(who, text, digits, mode) {
      const nowMs = clock.monotonicMs()
      for (const [rates, of] of [
        [ofWho, who],
        [ofAll, ''],
      ] as const) {
        const rate = rates.take(of, nowMs)
        if (!rate.ok) return { ok: false, refusal: 'too-many-requests', retryAfterMs: rate.retryAfterMs }
      }
      const read = readPlate(text)
      if (!read.ok || !DIGITS.test(digits)) return { ok: false, refusal: 'stay-not-found' }
      // As it is read, not as it was typed: a hyphen more is no other plate.
      const plate = read.plate.text
      const taken: (readonly [typeof ofAll, string])[] = []
      for (const [rates, of] of [
        [wrongOfPlate, plate],
        [wrongOfAll, ''],
      ] as const) {
        const rate = rates.take(of, nowMs)
        if (!rate.ok) {
          for (const [before, whose] of taken) before.giveBack(whose)
          return { ok: false, refusal: 'ticket-needed', retryAfterMs: rate.retryAfterMs }
        }
        taken.push([rates, of])
      }
      const session = reads.parking.stayOfTicket(text, digits, mode)
      if (session === null) return { ok: false, refusal: 'stay-not-found' }
      for (const [rates, of] of taken) rates.giveBack(of)
      return { ok: true, session }
    },
  }
}

const DIGITS = new RegExp(`^\\d{${TICKET_DIGITS}}$`)
