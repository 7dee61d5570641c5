import { ownDevice } from '../own-device.ts'

/** Prints tickets: the code, and the lines in both languages. Drops what it has printed before, by its id. */
export const printer = ownDevice({ name: 'printer', kind: 'printer', says: [], does: ['announce'] })
