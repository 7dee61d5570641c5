import { ownDevice } from '../own-device.ts'

/** A fire alarm contact or a red button: while it is active all lanes stay open. */
export const emergency = ownDevice({ name: 'emergency', kind: 'emergency', says: ['emergency'], does: [] })
