import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { eraseDue } from '../../db/erase.ts'
import { parkedEvents, rerunParked } from '../../db/parked.ts'
import * as tables from '../../db/schema.ts'
import type { TestBooks } from './kit.ts'
import { at, openMarket, sale, signatureOf } from './kit.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A market whose signer is broken until it is mended, with one sale that it broke. */
function broken(): { readonly site: TestBooks; readonly mend: () => void; readonly seq: number } {
  let isBroken = true
  const site = openMarket(temporaryFolder(), {
    sign: (typ, claims) => {
      if (isBroken) throw new Error('the signer is broken')
      return signatureOf({ typ, ...claims })
    },
  })
  const mend = (): void => {
    isBroken = false
  }
  const [, failed] = site.commit(sale('one', 20_000))
  if (failed?.kind !== 'committed') throw new Error('not committed')
  return { site, seq: failed.seq, mend }
}

describe('a parked event', () => {
  test('is told with what went wrong, and can be run again when the fault is mended', () => {
    const { site, seq, mend } = broken()
    expect(parkedEvents(site.open, 0)).toEqual([
      {
        seq,
        key: 'device:test/scan-one',
        kind: 'scan',
        at: at().at,
        error: 'Error: the signer is broken',
        rerunSeq: null,
        isErased: false,
      },
    ])
    mend()
    const again = rerunParked(site.open, site.books, seq, at(60_000))
    expect(again).toMatchObject({ kind: 'rerun', outcome: { ok: true, kind: 'paid' } })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ seq, rerunSeq: site.books.head().seq }])
    const record = site.open.db.select().from(tables.journal).all().at(-1)
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ event: { causedBy: 'device:test/scan-one' } })

    expect(rerunParked(site.open, site.books, seq, at(60_000))).toEqual({ kind: 'refused', reason: 'already-run' })
    site.books.close()
  })

  test('at which our code throws again stays the one that waits, and is judged by what is true when it is run', () => {
    const { site, seq, mend } = broken()
    for (let tries = 0; tries < 3; tries += 1)
      expect(rerunParked(site.open, site.books, seq, at())).toMatchObject({ outcome: { ok: false, refusal: 'fault' } })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ seq, rerunSeq: null }])
    mend()
    // An hour later the code has expired.
    expect(rerunParked(site.open, site.books, seq, at(3_600_000))).toMatchObject({
      outcome: { ok: false, refusal: 'token-expired' },
    })
    site.books.close()
  })

  test('that is not there, or whose personal values are gone, is refused', () => {
    const { site, seq } = broken()
    expect(rerunParked(site.open, site.books, 1, at())).toEqual({ kind: 'refused', reason: 'not-parked' })
    eraseDue(site.books, at(91 * DAY_MS))
    expect(rerunParked(site.open, site.books, seq, at(91 * DAY_MS))).toEqual({ kind: 'refused', reason: 'erased' })
    expect(parkedEvents(site.open, 0)).toMatchObject([{ isErased: true }])
    site.books.close()
  })
})
