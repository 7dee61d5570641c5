import type { Change } from '../core/changes.ts'
import type { DeviceId } from '../core/ids.ts'
import type { Device, Place } from '../core/site.ts'
import type { Db } from './open.ts'
import { placeIdOf } from './project.ts'
import { deviceOf } from './rows.ts'
import * as tables from './schema.ts'

/** Every device that was ever enrolled, kept in memory; those that are active also by where they stand. */
export type DeviceDirectory = {
  all(): readonly Device[]
  find(id: DeviceId): Device | null
  at(place: Place): readonly Device[]
  /** What is kept in memory follows a change that was just written. */
  changed(change: Change): void
  forget(): void
}

export function createDeviceDirectory(db: Db): DeviceDirectory {
  const rows = db.select().from(tables.device).orderBy(tables.device.id).prepare()
  let known: Known | undefined
  const now = (): Known => {
    known ??= knownOf(rows.all().map(deviceOf))
    return known
  }
  return {
    all: () => [...now().byId.values()],
    find: (id) => now().byId.get(id) ?? null,
    at: (place) => now().at(place),
    changed(change) {
      if (change.kind === 'device-put') known?.put(change.device)
      if (change.kind !== 'device-revoked') return
      const revoked = known?.byId.get(change.device)
      if (revoked !== undefined) known?.put({ ...revoked, status: 'revoked' })
    },
    forget() {
      known = undefined
    },
  }
}

type Known = {
  readonly byId: ReadonlyMap<DeviceId, Device>
  at(place: Place): readonly Device[]
  put(device: Device): void
}

function knownOf(all: readonly Device[]): Known {
  const byId = new Map<DeviceId, Device>()
  const byPlace = new Map<string, Device[]>()
  const put = (device: Device): void => {
    const before = byId.get(device.id)
    if (before !== undefined) {
      const key = placeKey(before.place)
      byPlace.set(
        key,
        (byPlace.get(key) ?? []).filter((other) => other.id !== device.id),
      )
    }
    byId.set(device.id, device)
    if (device.status !== 'active') return
    const there = byPlace.get(placeKey(device.place))
    if (there === undefined) byPlace.set(placeKey(device.place), [device])
    else there.push(device)
  }
  for (const device of all) put(device)
  return { byId, put, at: (place) => byPlace.get(placeKey(place)) ?? [] }
}

function placeKey(place: Place): string {
  return `${place.kind}:${placeIdOf(place)}`
}
