import { ownDevice } from '../own-device.ts'

/** A number-plate camera, or a bridge in front of one, that speaks our own messages. */
export const camera = ownDevice({ name: 'camera', kind: 'camera', says: ['plate-seen'], does: [] })
