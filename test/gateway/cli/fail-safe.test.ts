import { expect, test } from 'vitest'
import { failSafeFindings } from '../../../gateway/cli/doctor-fail-safe.ts'
import { LAYOUT } from '../../db/kit.ts'

test('doctor names the lanes that are to stand open without a gateway, for no driver can tell their barriers so', () => {
  const [first, ...others] = LAYOUT.lanes
  if (first === undefined) throw new Error('the layout has no lane')
  const open = { ...LAYOUT, lanes: [{ ...first, failSafe: 'open' as const }, ...others] }
  expect(failSafeFindings(open)).toMatchObject([{ what: 'fail-safe', state: 'warn' }])
  expect(failSafeFindings(open)[0]?.en).toContain(`power: ${first.id}.`)
  expect(failSafeFindings(LAYOUT), 'closed is what a barrier does that is told nothing').toEqual([])
  expect(failSafeFindings(null)).toEqual([])
})
