import { expect, test } from 'vitest'
import { HOUR_MS } from '../../../core/time.ts'
import { asked, carInside, cash, payNow, toExit } from './driver.ts'
import { park } from './park.ts'

test.each(['cash', 'phone'] as const)(
  'who is let out because %s paid for it is let out by its payment, and by nobody’s hand',
  (how) => {
    const p = park()
    carInside(p)
    p.wait(HOUR_MS)
    const { charge, due } = asked(toExit(p))
    if (how === 'cash') cash(p, charge, due.amount)
    else p.payAway(charge, payNow(p, 'a'))
    expect([...p.passages.values()].at(-1)?.right).toMatchObject({ kind: 'session', side: 'exit', by: 'paid' })
  },
)
