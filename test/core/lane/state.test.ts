import { expect, test } from 'vitest'
import type { PassageGround } from '../../../core/lane/state.ts'
import { spentFor } from '../../../core/lane/state.ts'
import { vnd } from '../kit.ts'

const spent = { iss: 'https://wallet.example', id: 'jti:a' }
const charge = 'g' as never
const stay = { kind: 'session', session: 's' as never, side: 'exit', by: 'payer' } as const

test.each<readonly [string, PassageGround, typeof spent | null]>([
  ['a payment', { kind: 'payment', charge, amount: vnd(5), spent }, spent],
  ['a supervisor’s word', { kind: 'override', spent }, spent],
  ['a stay that a token paid', { ...stay, paid: { charge, amount: vnd(5), spent } }, spent],
  ['a stay that nothing was shown for', { ...stay, paid: null }, null],
  ['a pass', { kind: 'pass', iss: 'i', jti: 'j' }, null],
])('the token that a right of %s was granted for', (_what, right, token) => {
  expect(spentFor(right)).toEqual(token)
})
