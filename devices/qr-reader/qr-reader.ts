import { ownDevice } from '../own-device.ts'

/** Says what it reads, as it is: whether that is a token is for the gateway to find out. */
export const qrReader = ownDevice({ name: 'qr-reader', kind: 'qr-reader', says: ['scan'], does: [] })
