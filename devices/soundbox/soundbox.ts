import { ownDevice } from '../own-device.ts'

/** Says what was paid, so that nobody has to look at a phone. It keeps the ids that it has said, and says each once. */
export const soundbox = ownDevice({ name: 'soundbox', kind: 'soundbox', says: [], does: ['announce'] })
