import type { ChargeId, LaneId, PlaceId, SessionId } from '../../../core/ids.ts'
import type { Money } from '../../../core/money.ts'
import type { StayFacts } from '../../../core/parking/facts.ts'
import type { Client } from '../clients.ts'
import type { SiteReads } from '../reads.ts'
import type { Call } from '../respond.ts'
import { clientOf } from '../respond.ts'
import type { FoundStays } from './found-stays.ts'
import { liesWithin } from './reads.ts'

/** Which stays whoever asks may tend. One of somebody else's lanes looks like none at all. */
export type TendedStays = {
  may(c: Call, stay: TendedStay): boolean
  stay(c: Call, id: string): StayFacts | null
  /** The charge of a stay that may be tended, or of a pass that was sold; a stall's charge is paid at its stall. */
  charge(c: Call, id: string): { readonly id: ChargeId; readonly due: Money } | null
}

type TendedParts = { readonly reads: SiteReads; readonly found: FoundStays }

type TendedStay = { readonly id: SessionId; readonly place: PlaceId; readonly entry: { readonly lane: LaneId } }

export function tendedStays(parts: TendedParts): TendedStays {
  const { reads } = parts
  const may = (c: Call, stay: TendedStay): boolean => tends(clientOf(c), stay, parts)
  const stayOf = (c: Call, id: string): StayFacts | null => {
    const stay = reads.parking.stay(id as SessionId, clientOf(c).mode)
    return stay !== null && may(c, stay.session) ? stay : null
  }
  return {
    may,
    stay: stayOf,
    charge(c, id) {
      const charge = reads.charge(id as ChargeId)
      if (charge === undefined || charge.mode !== clientOf(c).mode) return null
      if (charge.session === null) return reads.parking.passSale(charge.id, charge.mode) === null ? null : charge
      return stayOf(c, charge.session) === null ? null : charge
    },
  }
}

export function tendsStay(client: Client, id: SessionId, parts: TendedParts): boolean {
  const stay = parts.reads.parking.stay(id, client.mode)
  return stay !== null && tends(client, stay.session, parts)
}

/** An attendant tends the stays within the places behind their lanes, a pay station those that its drivers have named; a vendor and a scraper none. */
function tends(client: Client, stay: TendedStay, { reads, found }: TendedParts): boolean {
  switch (client.role) {
    case 'vendor':
    case 'scraper':
      return false
    case 'pay-station':
      return found.has(client.id, stay.id)
    case 'operator':
    case 'admin':
      return true
    case 'attendant':
      break
  }
  const { lanes } = client
  if (lanes === 'all' || lanes.includes(stay.entry.lane)) return true
  const layout = reads.layout()?.parking ?? null
  return (
    layout?.lanes.some(({ lane, inside }) => lanes.includes(lane) && liesWithin(layout, stay.place, inside)) === true
  )
}
