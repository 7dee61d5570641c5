import { ownDevice } from '../own-device.ts'

/** A keypad and two lines of text at a stall: the vendor keys what is due, and sees whether it was paid. */
export const till = ownDevice({
  name: 'till',
  kind: 'till',
  says: ['amount-keyed', 'amount-cleared'],
  does: ['announce'],
})
