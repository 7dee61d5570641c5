import { expect, test } from 'vitest'
import { passLines } from '../../../gateway/cli/pass.ts'

const PASS = { id: 've-1', status: 'active', validFrom: 0, validUntil: 86_400_000 }

test('a pass says whose it is and for which plates', () => {
  expect(passLines({ ...PASS, holder: 'Căn hộ 9C', plates: ['29C11122', '30A12345'] })).toEqual([
    've-1  active  1970-01-01T00:00:00.000Z to 1970-01-02T00:00:00.000Z',
    'holder: Căn hộ 9C',
    'plates: 29C11122, 30A12345',
  ])
  expect(passLines({ ...PASS, holder: 'Căn hộ 9C', plates: [] })).toContain('plates: none')
})

test('of a name and a plate that the vault has no more it says that they were erased', () => {
  const lines = passLines({ ...PASS, holder: null, plates: [null, '30A12345'] })
  expect(lines.slice(1)).toEqual(['holder: (erased)', 'plates: (erased), 30A12345'])
})
