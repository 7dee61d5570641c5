import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS } from '../../core/time.ts'
import { laneOf, rigs, stallOf, walletOf } from '../support/people.ts'
import { LANE, LANE_PRICE, policyOf, STALL } from '../support/site.ts'

const rigged = rigs()

const STALL_POINT = { kind: 'stall', id: STALL } as const
const LANE_POINT = { kind: 'lane', id: LANE } as const

describe('the market', () => {
  test('sells: the till keys, the reader scans, the soundbox speaks, the answer holds the receipt', async () => {
    const rig = await rigged()
    const { till, reader, soundbox } = await stallOf(rig, STALL)

    const keyed = await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    expect(keyed).toMatchObject({ ok: true, kind: 'charge-opened', due: { amount: 50_000, currency: 'VND' } })
    await rig.runFor(1_000)
    expect(till.commands).toMatchObject([{ type: 'announce', data: { kind: 'amount-due' } }])

    const shown = walletOf(rig, 'payer-1').pay(STALL_POINT, 60_000, 'place')
    const paid = await reader.ask('scan', { text: shown.text })
    expect(paid).toMatchObject({ ok: true, kind: 'paid', amount: { amount: 50_000, currency: 'VND' } })
    expect(rig.gatewayClaims(paidSchema.parse(paid).receiptJws)).toMatchObject({
      amt: 50_000,
      cur: 'VND',
      merchant: 'm-1',
    })

    await rig.runFor(1_000)
    expect(soundbox.commands).toMatchObject([
      {
        type: 'announce',
        data: { kind: 'received', amount: { amount: 50_000 }, speech: { vi: expect.stringContaining('nghìn đồng') } },
      },
    ])
    expect(till.commands.at(-1)).toMatchObject({ type: 'announce', data: { kind: 'received' } })
  })

  test('answers the same message again with the same bytes, and does nothing more', async () => {
    const rig = await rigged()
    const { till, reader, soundbox } = await stallOf(rig, STALL)
    await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
    const scan = reader.say('scan', { text: walletOf(rig, 'payer-1').pay(STALL_POINT, 50_000, 'place').text })
    await reader.answer(scan)
    const { seq } = rig.now().books.head()

    reader.sayAgain(scan)
    await rig.runFor(1_000)
    const [first, second] = reader.answersTo(scan)
    expect(second).toBe(first)
    expect(reader.acknowledged.filter((id) => id === scan)).toHaveLength(2)
    expect(rig.now().books.head().seq).toBe(seq)
    expect(soundbox.commands).toHaveLength(1)
  })
})

describe('the lane', () => {
  test.each(['pay', 'pass'] as const)(
    'lets a vehicle through by a %s token, from the loop to the closed arm',
    async (kind) => {
      const rig = await rigged()
      const { reader, approach, safety, barrier, display } = await laneOf(rig, LANE)
      const wallet = walletOf(rig, 'payer-1')
      const shown = kind === 'pay' ? wallet.pay(LANE_POINT, LANE_PRICE, 'place') : wallet.pass()

      expect(await reader.ask('scan', { text: shown.text })).toMatchObject({ ok: false, refusal: 'no-vehicle' })
      await approach.ask('occupied', { occupied: true })
      expect(await reader.ask('scan', { text: shown.text })).toMatchObject(
        kind === 'pay'
          ? { ok: true, kind: 'paid', amount: { amount: LANE_PRICE }, passage: expect.any(String) }
          : { ok: true, kind: 'let-through', passage: expect.any(String) },
      )
      await rig.runFor(100)
      const [open] = barrier.commands
      expect(open).toMatchObject({ type: 'open', boot: barrier.boot() })
      barrier.report(open?.id ?? '', 'done')
      await barrier.ask('barrier', { state: 'moving' })
      await barrier.ask('barrier', { state: 'open' })
      expect(display.commands.at(-1)).toMatchObject({ type: 'announce', data: { kind: 'welcome' } })

      await safety.ask('occupied', { occupied: true })
      await approach.ask('occupied', { occupied: false })
      await rig.runFor(1_000)
      expect(barrier.commands).toHaveLength(1)
      await safety.ask('occupied', { occupied: false })
      await rig.runFor(1_000)
      const close = barrier.commands[1]
      expect(close).toMatchObject({ type: 'close' })
      barrier.report(close?.id ?? '', 'done')
      await barrier.ask('barrier', { state: 'moving' })
      await barrier.ask('barrier', { state: 'closed' })

      expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null })
      expect(rig.now().books.timers(10)).toEqual([])
      await approach.ask('occupied', { occupied: true })
      expect(await reader.ask('scan', { text: shown.text })).toMatchObject(
        kind === 'pay' ? { refusal: 'token-spent' } : { refusal: 'pass-already-inside' },
      )
      expect(barrier.commands).toHaveLength(2)
    },
  )
})

describe('after an old backup was put back', () => {
  test.each([
    ['right', 0, 'synced'],
    ['a day behind', -DAY_MS, 'unknown'],
    ['ten years ahead', 3_653 * DAY_MS, 'unknown'],
  ] as const)(
    'by a clock that is %s, nothing spent becomes unspent, and fresh tokens are taken when the time is sure',
    async (_how, wrongByMs, state) => {
      let trust: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
      const rig = await rigged({ trust: () => trust, policy: policyOf({ untrustedClockMax: 100_000 }) })
      const wallet = walletOf(rig, 'payer-1')
      const backup = rig.now().db.db.$client.serialize()
      const first = await stallOf(rig, STALL)
      const spent = wallet.pay(STALL_POINT, 50_000, 'place')
      await first.till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      expect(await first.reader.ask('scan', { text: spent.text })).toMatchObject({ kind: 'paid' })
      const waiting = wallet.pay(STALL_POINT, 50_000, 'place')

      rig.crash()
      putBack(rig.file, backup)
      await rig.runFor(60_000)
      rig.setClockWrongBy(wrongByMs)
      if (state === 'unknown') trust = { state }
      await rig.start()
      expect(rig.now().books.epoch().openLoss).toBe(true)
      const { till, reader } = await stallOf(rig, STALL)
      await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      for (const { text } of [spent, waiting]) expect(await reader.ask('scan', { text })).toMatchObject({ ok: false })

      rig.setClockWrongBy(0)
      trust = { state: 'synced', uncertaintyMs: 50 }
      await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      for (const { text } of [spent, waiting]) {
        expect(await reader.ask('scan', { text })).toMatchObject({ refusal: 'token-before-epoch' })
      }
      await rig.runFor(20_000)
      const fresh = wallet.pay(STALL_POINT, 50_000, 'place')
      await till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      expect(await reader.ask('scan', { text: fresh.text })).toMatchObject({ kind: 'paid' })
      rig.crash()
      await rig.start()
      const again = await stallOf(rig, STALL)
      await again.till.ask('amount-keyed', { amount: 50_000, currency: 'VND' })
      expect(await again.reader.ask('scan', { text: waiting.text })).toMatchObject({ refusal: 'token-before-epoch' })
    },
  )
})

function putBack(file: string, books: Buffer): void {
  for (const beside of ['-wal', '-shm']) rmSync(`${file}${beside}`, { force: true })
  writeFileSync(file, books)
}

const paidSchema = z.object({ receiptJws: z.string() })
