import { randomBytes } from 'node:crypto'
import type { EventBody, SiteEvent } from '../../core/events.ts'
import { eventKey, principalOf } from '../../core/ids.ts'
import { money, VND } from '../../core/money.ts'
import type { Now } from '../../core/time.ts'
import { HOUR_MS, later } from '../../core/time.ts'
import type { PayToken } from '../../core/tokens.ts'
import { audiencesOf } from '../../core/tokens.ts'
import { hashOf } from '../../gateway/bundles/bundles.ts'
import type { StallKit } from '../../simulators/site-kit.ts'
import type { SimulatedIssuers } from '../../simulators/wallet/issuers.ts'
import { thumbprintOf } from '../../simulators/wallet/signing.ts'
import { AMOUNT, payerOf, SITE } from './bench-site.ts'

/** As long as the text of a payer's token. */
const EVIDENCE = 'e'.repeat(460)

/** Makes the two events of a sale at a stall, as they come out of intake and verifier: for books that are filled or measured without any broker. */
export function saleMaker(issuers: SimulatedIssuers): (stall: StallKit, now: Now) => readonly [SiteEvent, SiteEvent] {
  const { wallet } = issuers
  const key = { issuer: wallet.iss, kid: wallet.current.kid, thumbprint: thumbprintOf(wallet.current) }
  const run = randomBytes(6).toString('hex')
  let count = 0

  return (stall, now) => {
    count += 1
    const token: PayToken = {
      kind: 'pay',
      key,
      iss: wallet.iss,
      sub: payerOf(count),
      aud: [audiencesOf(SITE, { kind: 'stall', id: stall.id }).place],
      iat: now.at,
      nbf: now.at,
      exp: later(now.at, HOUR_MS),
      jti: randomBytes(16).toString('base64url'),
      amt: money(AMOUNT, VND),
      scope: 'region',
    }
    return [
      said(stall.till, { kind: 'charge-open', stall: stall.id, amount: money(AMOUNT, VND) }),
      said(stall.reader, {
        kind: 'scan',
        place: { kind: 'stall', id: stall.id },
        reader: stall.reader,
        token,
        evidence: EVIDENCE,
      }),
    ]

    function said(device: string, body: EventBody): SiteEvent {
      const id = `${run}:${count}`
      return {
        key: eventKey(principalOf('device', device), id),
        bodyHash: hashOf(id),
        actor: { kind: 'device', id: device, role: null },
        mode: 'live',
        occurredAt: { at: now.at, by: 'device' },
        causedBy: null,
        body,
      }
    }
  }
}
