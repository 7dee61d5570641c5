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
  /**
   * By the whole plate alone, of a stay that no ticket was given for, where the site’s policy lets it be paid so (docs/decisions/114-a-stay-without-a-ticket-is-paid-by-its-plate.md). A plate that is not inside, one with a ticket, and a site that lets nobody are told in
   * the same way. Bounded as the looks with digits are, by counts of its own: plates that are guessed close no ticket’s page.
   */
  lookByPlateAlone(who: string, plate: string, mode: Mode): PlateLook
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
  const wrongDigits = wrongLooks(settings)
  const wrongPlates = wrongLooks(settings)

  /** The refusal of whoever looks too often. */
  const looked = (who: string, nowMs: number): PlateLook | undefined => {
    for (const [rates, of] of [
      [ofWho, who],
      [ofAll, ''],
    ] as const) {
      const rate = rates.take(of, nowMs)
      if (!rate.ok) return { ok: false, refusal: 'too-many-requests', retryAfterMs: rate.retryAfterMs }
    }
    return undefined
  }

  return {
    look(who, text, digits, mode) {
      const nowMs = clock.monotonicMs()
      const tooMany = looked(who, nowMs)
      if (tooMany !== undefined) return tooMany
      const read = readPlate(text)
      if (!read.ok || !DIGITS.test(digits)) return NOT_FOUND
      const stay = () => reads.parking.stayOfTicket(text, digits, mode)
      return wrongDigits.look(read.plate.text, nowMs, 'ticket-needed', stay)
    },
    lookByPlateAlone(who, text, mode) {
      const nowMs = clock.monotonicMs()
      const tooMany = looked(who, nowMs)
      if (tooMany !== undefined) return tooMany
      const read = readPlate(text)
      if (!read.ok || reads.parking.common(mode)?.policy.payByPlateAlone !== true) return NOT_FOUND
      const stay = () => reads.parking.stayWithoutTicket(text, mode)
      return wrongPlates.look(read.plate.text, nowMs, 'too-many-requests', stay)
    },
  }
}

const NOT_FOUND = { ok: false, refusal: 'stay-not-found' } as const

/** Those that found nothing, of a plate and of all: after them nothing is looked for, right or wrong. What is found uses up none. */
function wrongLooks(settings: HttpSettings) {
  const ofPlate = createRates(settings.plateWrongPerSecondMax, settings.plateWrongBurstMax)
  const ofAll = createRates(
    settings.allPlateWrongPerSecondMax,
    settings.allPlateWrongBurstMax,
    settings.allPlateWrongAtStartMax,
  )
  return {
    /** `plate`: as it is read, not as it was typed; a hyphen more is no other plate. */
    look(
      plate: string,
      nowMs: number,
      refusal: 'ticket-needed' | 'too-many-requests',
      stay: () => SessionId | null,
    ): PlateLook {
      const taken: (readonly [typeof ofAll, string])[] = []
      for (const [rates, of] of [
        [ofPlate, plate],
        [ofAll, ''],
      ] as const) {
        const rate = rates.take(of, nowMs)
        if (!rate.ok) {
          for (const [before, whose] of taken) before.giveBack(whose)
          return { ok: false, refusal, retryAfterMs: rate.retryAfterMs }
        }
        taken.push([rates, of])
      }
      const session = stay()
      if (session === null) return NOT_FOUND
      for (const [rates, of] of taken) rates.giveBack(of)
      return { ok: true, session }
    },
  }
}

const DIGITS = new RegExp(`^\\d{${TICKET_DIGITS}}$`)
