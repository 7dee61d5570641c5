import { createHmac } from 'node:crypto'
import type { PlateText } from '../core/parking/plate.ts'
import { plateSkeleton, plateTail, readPlate } from '../core/parking/plate.ts'
import type { PlateValue } from '../core/parking/session.ts'
import type { PersonalValue } from '../core/personal-value.ts'
import type { Instant, Now } from '../core/time.ts'
import { DAY_MS, instant } from '../core/time.ts'
import type { Db } from './open.ts'

/**
 * Pseudonyms of plates and payers: HMAC under the salt of the month in which they were read, so that when that salt is erased nobody can join them to anybody any more.
 * A salt stands in the vault until then. Plates of rights, which outlast the months, have a salt of their own.
 */
export type Pseudonyms = {
  /** `null` for a text that is no plate. */
  plate(text: string): PlateNames | null
  /** Of the end of what somebody typed of a plate, under every salt that is still there. */
  tailEverywhere(part: PlateText): readonly string[]
  /** The payer's pseudonym of this month, whose salt is made where there is none. */
  payer(text: string, now: Now, keepMs: number): PersonalValue
  /** Under every salt that is still there. */
  payerEverywhere(text: string): readonly string[]
  freshSalt(): string
  /** The month, `YYYY-MM`. */
  periodOf(now: Now): string
  /** The first instant of which nobody's month is this one, whatever the zone. */
  periodEnd(now: Now): Instant
  /** What is kept in memory may not be in the books any more. */
  forget(): void
}

export type PlateNames = {
  readonly text: PlateText
  ofPeriod(now: Now, keepMs: number): PlateValue
  ofRights(): PlateValue
  everywhere(): readonly { readonly mac: string; readonly likeness: string }[]
}

/** More months than a plate may be kept for, and the salt of rights. */
export const SALTS_READ_MAX = 64

const RIGHTS = 'rights'
/** The last instant of a calendar (ECMA-262, 21.4.1.1): the salt of rights goes with the last of them, and not by the calendar. */
const NEVER = instant(8_640_000_000_000_000)

export function createPseudonyms(db: Db, randomBytes: (length: number) => Buffer): Pseudonyms {
  const { $client: client } = db
  const read = {
    salts: client.prepare<[], { ref: string; salt: string }>(
      `SELECT ref, salt FROM vault WHERE ref >= 'period:' AND ref < 'period;' AND salt IS NOT NULL ORDER BY ref DESC LIMIT ${SALTS_READ_MAX}`,
    ),
    // A clock that was set back meets a month whose salt is erased: its pseudonyms begin anew.
    putSalt: client.prepare<[string, string, number]>(
      `INSERT INTO vault (ref, salt, value, purpose, erase_at) VALUES (?, ?, '', 'period', ?)
       ON CONFLICT (ref) DO UPDATE SET salt = excluded.salt, value = excluded.value, erase_at = excluded.erase_at, erased_seq = NULL
       WHERE vault.value IS NULL`,
    ),
  }
  let known: Map<string, string> | undefined

  const freshSalt = (): string => randomBytes(32).toString('base64url')
  const salts = (): Map<string, string> => {
    known ??= new Map(read.salts.all().map(({ ref, salt }) => [ref.slice('period:'.length), salt]))
    return known
  }
  const saltOf = (period: string, eraseAt: Instant): string => {
    const there = salts().get(period)
    if (there !== undefined) return there
    const salt = freshSalt()
    read.putSalt.run(`period:${period}`, salt, eraseAt)
    salts().set(period, salt)
    return salt
  }
  const saltOfMonth = (now: Now, keepMs: number): string =>
    saltOf(periodOf(now), instant(Math.min(periodEnd(now) + keepMs, NEVER)))

  return {
    plate(text) {
      const plate = readPlate(text)
      if (!plate.ok) return null
      const normal = plate.plate.text
      return {
        text: normal,
        ofPeriod: (now, keepMs) => plateUnder(periodOf(now), saltOfMonth(now, keepMs), normal),
        ofRights: () => plateUnder(RIGHTS, saltOf(RIGHTS, NEVER), normal),
        everywhere: () => [...salts()].map(([period, salt]) => plateUnder(period, salt, normal)),
      }
    },
    tailEverywhere: (part) => [...salts().values()].map((salt) => tailUnder(salt, part)),
    payer(text, now, keepMs) {
      const mac = hmac(saltOfMonth(now, keepMs), `payer:${text}`)
      return { ref: `payer:${periodOf(now)}:${mac}`, mac }
    },
    payerEverywhere: (text) => [...salts().values()].map((salt) => hmac(salt, `payer:${text}`)),
    freshSalt,
    periodOf,
    periodEnd,
    forget() {
      known = undefined
    },
  }
}

/** HMAC-SHA-256, base64url: what a record may hold of a personal value. */
export function hmac(salt: string, value: string): string {
  return createHmac('sha256', salt).update(value).digest('base64url')
}

function plateUnder(period: string, salt: string, text: PlateText): PlateValue {
  const mac = hmac(salt, `plate:${text}`)
  return {
    ref: `plate:${period}:${mac}`,
    mac,
    likeness: hmac(salt, `likeness:${plateSkeleton(text)}`),
    tail: tailUnder(salt, text),
  }
}

function tailUnder(salt: string, text: PlateText): string {
  return hmac(salt, `tail:${plateTail(text)}`)
}

/** The month of the local calendar, `YYYY-MM`. */
function periodOf({ local }: Now): string {
  return local.day.slice(0, 7)
}

function periodEnd({ local }: Now): Instant {
  const [year = 0, month = 0] = local.day.split('-').map(Number)
  // Half a day and more lies between the calendar's midnight in any zone and in UTC.
  return instant(Date.UTC(year, month, 1) + DAY_MS)
}
