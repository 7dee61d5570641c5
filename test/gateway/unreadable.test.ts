import { expect, test } from 'vitest'
import { HOUR_MS, later } from '../../core/time.ts'
import { rigs } from '../support/people.ts'
import { chargeOf, word } from '../support/requests.ts'
import type { Rig } from '../support/rig.ts'
import { layoutFile, policyFile } from '../support/site.ts'

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

test.each(['layout', 'policy', 'key-set', 'deny-list'])(
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
