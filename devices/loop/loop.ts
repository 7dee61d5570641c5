import { ownDevice } from '../own-device.ts'

/** An induction loop or a light barrier: whether something stands there. */
export const loop = ownDevice({ name: 'loop', kind: 'loop', says: ['occupied'], does: [] })
