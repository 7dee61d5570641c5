import { ownDevice } from '../own-device.ts'

/** An arm with limit switches. It does each command once by its id, and drops one that is late or for another boot. Where its lane is set so it goes up by itself when the gateway is gone. */
export const barrier = ownDevice({
  name: 'barrier',
  kind: 'barrier',
  says: ['barrier'],
  does: ['open', 'close', 'hold-open', 'release'],
  keepsFailSafe: true,
})
