import type { ChargeId, SiteId } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import { transferReference } from '../../core/transfer-reference.ts'
import type { Random } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { Desk, DeskAnswer } from './desk.ts'
import type { ParkingTempo } from './tempo.ts'
import { throwSpan } from './tempo.ts'
import type { Handed, VisitRecord } from './visits-record.ts'
import { pause } from './waiting.ts'

export type BankOptions = {
  readonly world: World
  readonly random: Random
  readonly desk: Desk
  readonly tempo: ParkingTempo
  visits(): readonly VisitRecord[]
}

/** A bank that tells the site of each transfer to its account a moment later, with what its payer wrote beside it; and payers who write it wrongly. */
export type Bank = {
  /** Pays so much for a charge. Returns when the site has been told of it. */
  transfer(visit: VisitRecord, charge: string, amount: number): Promise<Handed>
}

/** What becomes of the reference on its way: banks change its spelling, and people type it. */
export const TRANSFER_FATES = {
  'as it was shown': 50,
  'with words around it': 15,
  'in small letters': 10,
  'broken in the middle': 8,
  'a wrong digit': 6,
  'no reference at all': 6,
  'another’s reference': 8,
  'entered by hand': 6,
} as const

type Fate = keyof typeof TRANSFER_FATES

/** Bills lie about for a while. */
const OTHERS_MAX = 8

export function bank({ world, random, desk, tempo, visits }: BankOptions): Bank {
  const { timeline } = world
  let transfers = 0

  /** Somebody else who has a bill of their own in the hands: whoever copies from the wrong one pays theirs. */
  function anotherThan(visit: VisitRecord): { readonly visit: VisitRecord; readonly charge: string } | undefined {
    const others = visits().flatMap((other) => {
      const isHere = other.ending === 'under-way'
      const charge = isHere ? other.handed.at(-1)?.charge : other.owes?.charge
      return other === visit || charge === undefined ? [] : [{ visit: other, charge }]
    })
    return others.length === 0 ? undefined : random.pick(others.slice(-OTHERS_MAX))
  }

  function ask(fate: Fate, charge: string, amount: number, reference: string): Promise<DeskAnswer | undefined> {
    const of = { amount: money(amount, VND), reference }
    if (fate === 'entered by hand') return desk.ask({ kind: 'credit-by-charge', charge: charge as ChargeId, ...of })
    const named = transferReference(charge as ChargeId, world.site as SiteId) ?? ''
    return desk.ask({ kind: 'credit-by-text', ...of, text: spelled(fate, named, random), toldAt: timeline.now() })
  }

  return {
    async transfer(visit, charge, amount) {
      transfers += 1
      const reference = `FT${String(transfers).padStart(6, '0')}`
      const wished = random.weighted(TRANSFER_FATES)
      const other = wished === 'another’s reference' ? anotherThan(visit) : undefined
      const fate = wished === 'another’s reference' && other === undefined ? 'no reference at all' : wished
      await pause(timeline, throwSpan(tempo.bankTells, random))
      const atMs = timeline.monotonicMs()
      const handed: Handed = {
        tender: 'bank-transfer',
        amount,
        charge,
        reference,
        bookedAtMs: null,
        atMs,
        answer: 'waiting',
      }
      visit.handed.push(handed)
      other?.visit.paidByOthersMs.push(atMs)
      const answer = await ask(fate, other?.charge ?? charge, amount, reference)
      handed.answer = creditAnswer(answer, other !== undefined)
      if (handed.answer === 'credited' || handed.answer === 'silence') handed.bookedAtMs = atMs
      return handed
    },
  }
}

/** What its payer may think of it: nobody knows yet what it is for, or it is another’s. */
function creditAnswer(answer: DeskAnswer | undefined, isOthers: boolean): Handed['answer'] {
  if (answer === undefined) return 'silence'
  if (!answer.ok) return 'refused'
  return isOthers || answer.kind === 'credit-unmatched' ? 'astray' : 'credited'
}

function spelled(fate: Fate, reference: string, random: Random): string {
  switch (fate) {
    case 'as it was shown':
    case 'another’s reference':
    case 'entered by hand':
      return reference
    case 'with words around it':
      return `MBVCB.${random.between(1_000, 9_999)}.Chuyen tien gui xe ${reference} tu NGUYEN VAN A`
    case 'in small letters':
      return reference.toLowerCase()
    case 'broken in the middle':
      return `${reference.slice(0, 9)} ${reference.slice(9)}`
    case 'a wrong digit': {
      const digits = [...reference.matchAll(/\d/g)].map(({ index }) => index)
      const at = random.pick(digits)
      const wrong = (Number(reference[at]) + random.between(1, 9)) % 10
      return reference.slice(0, at) + wrong + reference.slice(at + 1)
    }
    case 'no reference at all':
      return 'gui xe'
  }
}
