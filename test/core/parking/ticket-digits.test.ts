import { expect, test } from 'vitest'
import { ticketDigits } from '../../../core/parking/ticket-digits.ts'

const digitsOf = (signature: string) => ticketDigits(`head.claims.${signature}`)

test('the digits of a ticket come from the beginning of its signature: the tickets beside it tell nothing of them', () => {
  expect(['AAAAAA', 'AAAAAH', 'AAACcQ', '______'].map(digitsOf)).toEqual(['0000', '0007', '0000', '6735'])
  expect(ticketDigits('other.ticket.AAAAAH'), 'whatever it says').toBe('0007')
})

test('a text without a signature has no digits, nor has one whose signature is too short or is none', () => {
  expect(['', 'AAAAA', 'AAA AA'].map(digitsOf)).toEqual([null, null, null])
  expect(['', 'box-1:1:7:d0', 'head.claims'].map(ticketDigits)).toEqual([null, null, null])
})
