import type { Powered } from './devices/firmware.ts'
import type { QrReader } from './devices/qr-reader.ts'
import type { Manners } from './people/payer.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world.ts'

/** What goes wrong on purpose while a site runs. Any of them go together. */
export type FaultName = 'reader-repeats' | 'device-drops-out' | 'two-gates' | 'kill-gateway'

export type Stage = {
  readonly world: World
  readonly site: FaultySite
  /** Kills the gateway in mid-sentence, and starts it again. `onBack` when it is ready again. */
  killGateway(onBack: () => void): void
}

/** What can be broken of a site. */
export type FaultySite = {
  readonly devices: readonly Powered[]
  readonly readers: readonly QrReader[]
  changeManners(change: Partial<Manners>): void
}

export type Fault = {
  /** For people who choose. */
  readonly does: string
  /** Goes on until the returned function is called, which also mends what is broken. */
  start(stage: Stage, random: Random): () => void
}

export const faults: Readonly<Record<FaultName, Fault>> = {
  'reader-repeats': {
    does: 'readers read a code twice, and send the same message twice',
    start({ site }) {
      const { readers } = site
      const set = (chance: number): void => {
        for (const reader of readers) {
          reader.setRereadChance(chance)
          reader.firmware.setRepeatChance(chance)
        }
      }
      set(0.4)
      return () => set(0)
    },
  },
  'device-drops-out': {
    does: 'cables are pulled and devices switched off for some seconds',
    start(stage, random) {
      const { world, site } = stage
      let isOver = false
      const out = new Set<Powered>()
      const dropOut = (): void => {
        if (isOver) return
        const device = random.pick(site.devices)
        if (!out.has(device)) {
          out.add(device)
          const mend = breakDown(stage, device, random)
          world.timeline.after(random.between(OUT_LEAST_MS, OUT_MOST_MS), () => {
            out.delete(device)
            mend()
          })
        }
        world.timeline.after(random.waitMs(DROP_OUT_EVERY_MS), dropOut)
      }
      world.timeline.after(random.waitMs(DROP_OUT_EVERY_MS), dropOut)
      return () => {
        isOver = true
      }
    },
  },
  'two-gates': {
    does: 'payers show one code at two readers at the same moment',
    start({ site }) {
      site.changeManners({ twoReadersChance: 0.2 })
      return () => site.changeManners({ twoReadersChance: 0 })
    },
  },
  'kill-gateway': {
    does: 'the gateway is killed (SIGKILL) and started again',
    start({ world, killGateway }, random) {
      let isOver = false
      const again = (): void => {
        world.timeline.after(random.between(KILL_LEAST_MS, KILL_MOST_MS), () => {
          if (isOver) return
          world.happenings.tell({ kind: 'fault', fault: 'kill-gateway', what: 'killed' })
          killGateway(() => {
            world.happenings.tell({ kind: 'fault', fault: 'kill-gateway', what: 'back' })
            again()
          })
        })
      }
      again()
      return () => {
        isOver = true
      }
    },
  },
}

const DROP_OUT_EVERY_MS = 2_500
const OUT_LEAST_MS = 500
const OUT_MOST_MS = 6_000
const KILL_LEAST_MS = 4_000
const KILL_MOST_MS = 12_000

export const FAULT_NAMES: readonly FaultName[] = ['reader-repeats', 'device-drops-out', 'two-gates', 'kill-gateway']

/** The names that are given, each once; `all` stands for every one. Refuses (throws) one that is not known. */
export function faultNamesOf(given: readonly string[]): readonly FaultName[] {
  if (given.includes('all')) return FAULT_NAMES
  const unknown = given.filter((name) => !isFaultName(name))
  if (unknown.length > 0) {
    throw new RangeError(`no such fault: ${unknown.join(', ')}. Choose of: ${FAULT_NAMES.join(', ')}, all`)
  }
  return FAULT_NAMES.filter((name) => given.includes(name))
}

export function isFaultName(name: string): name is FaultName {
  return FAULT_NAMES.some((known) => known === name)
}

/** Starts all that are named; the returned function ends and mends them. */
export function startFaults(names: readonly FaultName[], stage: Stage): () => void {
  const ends = names.map((name) => faults[name].start(stage, stage.world.random.fork(`fault/${name}`)))
  return () => {
    for (const end of ends) end()
  }
}

function breakDown({ world }: Stage, device: Powered, random: Random): () => void {
  const isSwitchedOff = random.chance(0.4)
  const tell = (what: string): void =>
    world.happenings.tell({ kind: 'fault', fault: 'device-drops-out', what: `${device.device} ${what}` })
  if (isSwitchedOff) {
    tell('switched off')
    device.powerOff()
    return device.powerOn
  }
  tell('cable pulled')
  device.pullCable()
  return device.plugCable
}
