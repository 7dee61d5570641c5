import { ownDevice } from '../own-device.ts'

/** Two lines of text at a lane or a stall. */
export const display = ownDevice({ name: 'display', kind: 'display', says: [], does: ['announce'] })
