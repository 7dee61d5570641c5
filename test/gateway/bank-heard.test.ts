import { describe, expect, test } from 'vitest'
import { deviceId } from '../../core/ids.ts'
import { HOUR_MS, later, MINUTE_MS } from '../../core/time.ts'
import { upstreamHeard } from '../../gateway/http/schemas.ts'
import type { HttpServer } from '../../gateway/http/server.ts'
import {
  LANE_OUT,
  PARKING_POLICY,
  parkingDevices,
  parkingLayout,
  parkingPolicy,
  tariffsFile,
} from '../support/car-park.ts'
import { drivesThrough, laneOf, rigs, stallOf, walletOf } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE, STALL } from '../support/site.ts'
import { wireDevice } from '../support/wire-device.ts'
import { tokenFor } from './http/kit.ts'
import { inBothTimes, servers } from './served.ts'

const rigged = rigs()
const served = servers()

/** What is asked stands as a VietQR on the display; its readers take no payer’s code, those of its stalls do, for six hours without a word from upstream. */
const OFFLINE_MAX_MS = 6 * HOUR_MS
async function carParkWithAccount(): Promise<Rig> {
  const { merchants, ...layout } = parkingLayout()
  const account = { bankBin: '970436', number: '0011001234567', holder: 'BAI XE' }
  const parking = { ...PARKING_POLICY, bankConfirmation: 'expected' as const }
  const rig = await rigged({
    layout: {
      ...layout,
      lanes: layout.lanes.map((lane) => ({ ...lane, takes: ['pass', 'ticket'] as const })),
      merchants: merchants.map((each) => ({ ...each, account })),
    },
    policy: { ...parkingPolicy(), parking, offlineMaxMs: OFFLINE_MAX_MS },
    devices: parkingDevices(),
  })
  await rig.load('tariffs', tariffsFile({ epoch: 1, n: 1 }, later(rig.timeline.now(), -HOUR_MS)))
  return rig
}

/** What the site’s own program sends each minute. */
async function heard(rig: Rig, server: HttpServer) {
  const answer = await inBothTimes(
    rig,
    fetch(`${server.address}/v1/upstream/heard`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenFor('operator')}` },
    }),
  )
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return upstreamHeard.parse(JSON.parse(text))
}

const records = (rig: Rig): unknown => rig.query("SELECT count(*) AS n FROM journal WHERE event = 'upstream-reached'")

describe('the site’s program that brings the bank’s credits says that it has heard of upstream', () => {
  test('so a transfer is asked for at the exit, none while it is silent for too long, and one again when it is heard of', async () => {
    const rig = await carParkWithAccount()
    const server = await served(rig)
    const entry = await laneOf(rig, LANE)
    const cameras = {
      in: wireDevice(rig, deviceId(`${LANE}-camera`)),
      out: wireDevice(rig, deviceId(`${LANE_OUT}-camera`)),
    }
    await cameras.in.connect()
    await cameras.out.connect()
    const plate = {
      plates: [{ text: '30A-123.45', confidencePermille: 962 }],
      direction: null,
      vehicle: 'car',
      picture: null,
      eventId: null,
    }
    await entry.approach.ask('occupied', { occupied: true })
    await cameras.in.ask('plate-seen', plate)
    await drivesThrough(rig, entry)

    const first = await heard(rig, server)
    expect(first).toEqual({
      heardAt: expect.any(Number),
      transfersAskedUntil: Number(first.heardAt) + PARKING_POLICY.bankAwayAfterMs,
      codesTakenUntil: Number(first.heardAt) + OFFLINE_MAX_MS,
    })
    const exit = await laneOf(rig, LANE_OUT)
    const shows = () => exit.display.commands.at(-1)
    await exit.approach.ask('occupied', { occupied: true })
    await cameras.out.ask('plate-seen', plate)
    await rig.runFor(1_000)
    expect(shows()).toMatchObject({ data: { kind: 'amount-due', qr: expect.any(String) } })

    await rig.runFor(PARKING_POLICY.bankAwayAfterMs + PARKING_POLICY.quoteHoldMs)
    expect(shows()).toMatchObject({ data: { kind: 'amount-due', qr: null } })
    expect(JSON.stringify(shows())).toContain('tiền mặt')
    expect(JSON.stringify(shows())).toContain('cash')

    const again = await heard(rig, server)
    expect(Number(again.heardAt)).toBeGreaterThan(Number(first.transfersAskedUntil))
    await rig.runFor(PARKING_POLICY.quoteHoldMs + 1_000)
    expect(shows()).toMatchObject({ data: { kind: 'amount-due', qr: expect.any(String) } })
  })

  test('so the offline limit applies to it from then on: a payer’s code is refused when nothing was heard for longer, and taken when it is again', async () => {
    const rig = await carParkWithAccount()
    const server = await served(rig)
    await heard(rig, server)
    await rig.runFor(OFFLINE_MAX_MS + MINUTE_MS)
    const { till, reader } = await stallOf(rig, STALL)
    const shown = async () => {
      await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      return reader.ask('scan', {
        text: walletOf(rig, 'payer-1').pay({ kind: 'stall', id: STALL }, 50_000, 'place').text,
      })
    }
    expect(await shown()).toMatchObject({ ok: false, refusal: 'offline-too-long' })
    await heard(rig, server)
    expect(await shown()).toMatchObject({ ok: true, kind: 'paid' })
  })

  test('each minute, and no record is written more often than in a tenth of the time after which it counts as away', async () => {
    const rig = await carParkWithAccount()
    const server = await served(rig)
    const first = await heard(rig, server)
    for (let times = 0; times < 3; times += 1) expect(await heard(rig, server)).toEqual(first)
    expect(records(rig)).toEqual([{ n: 1 }])
    await rig.runFor(PARKING_POLICY.bankAwayAfterMs / 10)
    const next = await heard(rig, server)
    expect(Number(next.heardAt)).toBeGreaterThan(Number(first.heardAt))
    expect(records(rig)).toEqual([{ n: 2 }])
  })
})
