import { expect, test } from 'vitest'
import { deviceId, principalOf } from '../../core/ids.ts'
import { HOUR_MS, later } from '../../core/time.ts'
import { rigs } from '../support/people.ts'
import { chargeOf, word } from '../support/requests.ts'
import type { Rig } from '../support/rig.ts'
import { LANE, layoutFile, policyFile } from '../support/site.ts'

const rigged = rigs()
const SECOND = { epoch: 1, n: 2 }

/** As an upgrade may find it: it was checked by the version of before, and this one asks for more. */
function spoil(rig: Rig, kind: string): void {
  rig
    .now()
    .db.db.$client.prepare('UPDATE bundle SET content = ? WHERE kind = ?')
    .run('{"version":{"epoch":1,"n":1},"issuedAt":"2026-01-01T00:00:00Z"}', kind)
}

async function restartedWithout(kind: string): Promise<Rig> {
  const rig = await rigged()
  expect(word(await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))))).toBe('charge-opened')
  spoil(rig, kind)
  rig.crash()
  await rig.start()
  return rig
}

test.each(['layout', 'policy', 'key-set'])(
  'a %s in force that cannot be read ends no start, takes nothing, and is named',
  async (kind) => {
    const rig = await restartedWithout(kind)
    expect([...rig.now().gateway.unreadable().keys()]).toEqual([kind])
    const before = rig.now().books.head().seq
    const reply = await rig.until(rig.now().gateway.submit(chargeOf('till', 'c2', 10_000)))
    expect(reply).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
    await rig.runFor(1_000)
    expect(rig.now().books.head().seq).toBe(before)
    expect(rig.query("SELECT seq FROM journal WHERE kind = 'fault'")).toEqual([])
    expect(rig.fatal).toEqual([])
  },
)

test('a deny list in force that cannot be read keeps codes back, and nothing else: lanes go on, and staff open by hand', async () => {
  const rig = await restartedWithout('deny-list')
  expect([...rig.now().gateway.unreadable().keys()]).toEqual(['deny-list'])
  const scan = {
    kind: 'shown',
    place: { kind: 'lane', id: LANE },
    reader: deviceId('lane-in-reader'),
    text: 'TB1:x',
  } as const
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  const request = { source: principalOf('client', 'gate'), id: 's1', bytes: 's1', actor }
  const shown = await rig.until(rig.now().gateway.submit({ ...request, body: scan }))
  expect(shown).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
  const charge = await rig.until(rig.now().gateway.submit(chargeOf('till', 'c2', 10_000)))
  expect(charge).toMatchObject({ kind: 'committed' })
  const body = { kind: 'open-by-hand', lane: LANE, reason: 'a trolley' } as const
  const byHand = await rig.until(rig.now().gateway.submit({ ...request, id: 'h1', bytes: 'h1', body }))
  expect(byHand, 'its barrier is away').toMatchObject({
    kind: 'committed',
    outcome: { refusal: 'barrier-away' },
  })
  expect(rig.fatal).toEqual([])
  expect(rig.query("SELECT seq FROM journal WHERE kind = 'fault'")).toEqual([])
})

test.each(['layout', 'policy'] as const)(
  'a right %s with a higher version mends it, and no due time was lost or hurried meanwhile',
  async (kind) => {
    const rig = await restartedWithout(kind)
    await rig.runFor(rig.policy.chargeOpenMaxMs / 2)
    const issuedAt = later(rig.timeline.now(), -HOUR_MS)
    const file = kind === 'layout' ? layoutFile(rig.layout, SECOND, issuedAt) : policyFile(rig.policy, SECOND, issuedAt)
    expect(await rig.load(kind, file)).toMatchObject({ kind: 'committed', outcome: { ok: true } })
    expect(rig.now().gateway.unreadable().size).toBe(0)
    expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'open' }])
    await rig.runFor(rig.policy.chargeOpenMaxMs)
    expect(rig.query('SELECT status FROM charge')).toEqual([{ status: 'expired' }])
  },
)
