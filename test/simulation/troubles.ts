import type { ClockTrust } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'
import type { AnyBarrier } from '../../simulators/devices/barrier.ts'
import type { Powered } from '../../simulators/devices/firmware.ts'
import type { AnyLoop } from '../../simulators/devices/loop.ts'
import type { QrReader } from '../../simulators/devices/qr-reader.ts'
import type { SimulatedSite } from '../../simulators/site.ts'
import type { LaneKit } from '../../simulators/site-kit.ts'
import type { Weather } from '../../simulators/world/memory-network.ts'
import { CALM } from '../../simulators/world/memory-network.ts'
import type { Random } from '../../simulators/world/random.ts'
import type { Rig } from '../support/rig.ts'
import type { Box, OldBooks } from './box.ts'
import type { Excuses, Scope } from './excuses.ts'
import type { Keeping } from './keeping.ts'

/** What of a site can be struck: any simulated site has it. */
export type StruckSite = Pick<SimulatedSite, 'devices' | 'emergency' | 'changeManners'> & {
  readonly market: { readonly stalls: readonly { readonly reader: QrReader }[] }
  readonly carPark: {
    readonly lanes: readonly {
      readonly kit: { readonly id: string }
      readonly reader: QrReader
      readonly barrier: Pick<AnyBarrier, 'setStuck'>
      readonly approach: Pick<AnyLoop, 'setChatterChance'>
      readonly safety: Pick<AnyLoop, 'setChatterChance'>
    }[]
  }
  readonly kit: {
    readonly lanes: readonly Pick<LaneKit, 'id' | 'reader' | 'approach' | 'safety' | 'barrier' | 'display'>[]
  }
}

/** What the troubles of a simulated site can touch. */
export type Stage<Site extends StruckSite = SimulatedSite> = {
  readonly rig: Rig
  readonly site: Site
  readonly box: Box
  readonly excuses: Excuses
  readonly knobs: Knobs
  /** Reads the journal to its end, and goes on in another branch. */
  readonly branch: { readOn(): void; cutOff(): void }
  /** Somebody pays now, and shows the same token once more when a backup from before has been restored. */
  spendToken(): void
  showSpentToken(): void
  /** Looks after the books, and says when that has come to its end. */
  readonly keeping: Keeping
}

/** What can be turned inside the gateway's machine. */
export type Knobs = {
  /** What the source of time says. */
  trust: ClockTrust
  /** The most that a signature's check takes. */
  verifyMostMs: number
  /** The most that lies between two commits. */
  turnMostMs: number
  verifierIsBusy: boolean
  /** So many of the next checks throw. */
  verifierThrows: number
  /** So many of the next receipts throw while they are signed. */
  receiptThrows: number
  /** To be called when one of the last two has thrown. */
  thrown: (() => void)[]
}

export const SYNCED: ClockTrust = { state: 'synced', uncertaintyMs: 50 }
export const VERIFY_USUAL_MS = 40
export const TURN_USUAL_MS = 4
/** From paying to the loss of it, so that its token is still good afterwards. */
const SPENT_BEFORE_MS = 20 * SECOND_MS

type Trouble = {
  readonly does: string
  /** Between two of its kind, on average. */
  readonly everyMs: number
  /** Returns whether it struck: not everything can go wrong at any time. */
  strike(stage: Stage<StruckSite>, random: Random): boolean
}

/** Everything that goes wrong on purpose. One line each in the table of coverage. */
export const troubles = {
  'network-drops': weather('packets are lost', { dropChance: 0.08 }),
  'network-doubles': weather('packets come twice', { duplicateChance: 0.2 }),
  'network-delays': weather('packets take up to 3 s', { delayMostMs: 3_000 }),
  'network-very-late': weather('packets take up to 15 s', { delayMostMs: 15_000 }),
  'network-reorders': weather('packets overtake each other', { delayMostMs: 400, overtakeChance: 0.4 }),
  'network-half-open': weather('the gateway learns late that a device has gone', {
    noticeMostMs: 40_000,
    dropChance: 0.02,
  }),
  'cable-pulled': {
    does: 'the cable of a device is out for some seconds',
    everyMs: 2 * HOUR_MS,
    strike: (stage, random) =>
      breakDevice(stage, random, 'cable pulled', (device) => {
        device.pullCable()
        return device.plugCable
      }),
  },
  'device-off': {
    does: 'a device is switched off and on again: what it had not sent is lost',
    everyMs: 2 * HOUR_MS,
    strike: (stage, random) =>
      breakDevice(stage, random, 'switched off', (device) => {
        device.powerOff()
        return device.powerOn
      }),
  },
  'reader-repeats': {
    does: 'readers read a code twice, and send the same message twice',
    everyMs: 4 * HOUR_MS,
    strike: ({ site, ...stage }, random) => {
      const readers = [...site.market.stalls, ...site.carPark.lanes].map(({ reader }) => reader)
      const set = (chance: number): void => {
        for (const reader of readers) {
          reader.setRereadChance(chance)
          reader.firmware.setRepeatChance(chance)
        }
      }
      set(0.6)
      return lasts(stage, random, 20 * MINUTE_MS, () => set(0))
    },
  },
  'two-gates': {
    does: 'payers show one code at two readers at the same moment',
    everyMs: 6 * HOUR_MS,
    strike: ({ site, ...stage }, random) => {
      site.changeManners({ twoReadersChance: 0.5 })
      return lasts(stage, random, 30 * MINUTE_MS, () => site.changeManners({ twoReadersChance: 0 }))
    },
  },
  'barrier-stuck': {
    does: 'the motor of an arm does not turn',
    everyMs: 4 * HOUR_MS,
    strike: (stage, random) => {
      const lane = random.pick(stage.site.carPark.lanes)
      const over = stage.excuses.begin({ lane: lane.kit.id }, 'the arm is stuck')
      lane.barrier.setStuck(true)
      return lasts(stage, random, 2 * MINUTE_MS, () => {
        lane.barrier.setStuck(false)
        over()
      })
    },
  },
  'loop-chatters': {
    does: 'a loop says a change as a few quick ones',
    everyMs: 4 * HOUR_MS,
    strike: (stage, random) => {
      const lane = random.pick(stage.site.carPark.lanes)
      const loop = random.pick([lane.approach, lane.safety])
      const over = stage.excuses.begin({ lane: lane.kit.id }, 'a loop chatters')
      loop.setChatterChance(0.7)
      return lasts(stage, random, 20 * MINUTE_MS, () => {
        loop.setChatterChance(0)
        over()
      })
    },
  },
  emergency: {
    does: 'the fire alarm goes',
    everyMs: 8 * HOUR_MS,
    strike: (stage, random) => {
      const over = stage.excuses.begin('site', 'the fire alarm goes')
      const out = fire(stage)
      return lasts(stage, random, 2 * MINUTE_MS, () => {
        out()
        over()
      })
    },
  },
  kill: death('kill', 'the process is killed at any moment', 20 * HOUR_MS),
  'crash-before-commit': death('crash-before-commit', 'the process ends before a COMMIT', 20 * HOUR_MS),
  'crash-after-commit': death(
    'crash-after-commit',
    'the process ends after a COMMIT, before anybody is answered',
    20 * HOUR_MS,
  ),
  'crash-before-opening': death(
    'crash-before-opening',
    'the process ends after it has let somebody through, before the arm is told',
    10 * HOUR_MS,
  ),
  'long-outage': death('long-outage', 'the box is dead until somebody has mended it', 12 * HOUR_MS),
  'power-cut': death('power-cut', 'the power goes while a COMMIT is being written', 20 * HOUR_MS),
  'fsync-fails': death('fsync-fails', 'the disk fails at the sync of a COMMIT', 20 * HOUR_MS),
  'restore-backup': {
    does: 'a backup is restored, both by their commands',
    everyMs: 24 * HOUR_MS,
    strike(stage, random) {
      const { box, keeping } = stage
      if (!box.isUp()) return false
      const over = beginRestore(stage)
      keeping.backup((backup) => {
        if (backup === undefined) over()
        else putBackLater(stage, random, { by: 'command', backup }, over)
      })
      return true
    },
  },
  'copy-put-back': {
    does: 'an old copy of the file is laid over the books by hand',
    everyMs: 24 * HOUR_MS,
    strike(stage, random) {
      const { rig, box } = stage
      if (!box.isUp()) return false
      const over = beginRestore(stage)
      putBackLater(stage, random, { by: 'hand', books: rig.now().db.db.$client.serialize() }, over)
      return true
    },
  },
  pruning: {
    does: 'the prune command’s work is done beside the path: a snapshot, and some time later what it stands for is dropped',
    everyMs: 8 * HOUR_MS,
    strike({ box, keeping, knobs, rig }, random) {
      if (!box.isUp() || knobs.trust !== SYNCED) return false
      keeping.prune()
      return lasts({ rig }, random, 20 * MINUTE_MS, keeping.prune)
    },
  },
  'disk-slow': {
    does: 'a commit takes up to 3 s, and many go into the next',
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const over = stage.excuses.begin('site', 'the disk is slow')
      stage.knobs.turnMostMs = 3 * SECOND_MS
      return lasts(stage, random, 10 * MINUTE_MS, () => {
        stage.knobs.turnMostMs = TURN_USUAL_MS
        over()
      })
    },
  },
  'disk-full': {
    does: 'there is no room on the disk',
    everyMs: 5 * HOUR_MS,
    strike(stage, random) {
      if (!stage.box.isUp()) return false
      const { rig, excuses } = stage
      const { number, db } = rig.now()
      const over = excuses.begin('site', 'the disk is full')
      const { $client } = db.db
      $client.pragma(`max_page_count = ${Number($client.pragma('page_count', { simple: true }))}`)
      return lasts(stage, random, 3 * MINUTE_MS, () => {
        if (stage.box.isUp() && rig.now().number === number) $client.pragma('max_page_count = 1073741823')
        over()
      })
    },
  },
  'clock-back': clock('the gateway’s clock is set back', [-20 * SECOND_MS, -HOUR_MS, -DAY_MS, -365 * DAY_MS]),
  'clock-forward': clock('the gateway’s clock is set forward', [20 * SECOND_MS, HOUR_MS, DAY_MS, 3_653 * DAY_MS]),
  'clock-unsure': {
    does: 'nobody says any more how far the gateway’s clock is right',
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const { knobs, excuses } = stage
      if (knobs.trust !== SYNCED) return false
      const over = excuses.begin('site', 'the clock is not trusted')
      knobs.trust = random.chance(0.3) ? { state: 'holdover', uncertaintyMs: 400 } : { state: 'unknown' }
      return lasts(stage, random, 20 * MINUTE_MS, () => {
        knobs.trust = SYNCED
        over()
      })
    },
  },
  'signatures-slow': {
    does: 'signatures take up to 8 s, each its own time',
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const over = stage.excuses.begin('site', 'signatures are slow')
      stage.knobs.verifyMostMs = 8 * SECOND_MS
      return lasts(stage, random, 10 * MINUTE_MS, () => {
        stage.knobs.verifyMostMs = VERIFY_USUAL_MS
        over()
      })
    },
  },
  'verifier-busy': {
    does: 'too many signatures wait already',
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const over = stage.excuses.begin('site', 'the verifier is busy')
      stage.knobs.verifierIsBusy = true
      return lasts(stage, random, 3 * MINUTE_MS, () => {
        stage.knobs.verifierIsBusy = false
        over()
      })
    },
  },
  'verifier-throws': {
    does: 'our own code throws at a token',
    everyMs: 8 * HOUR_MS,
    strike({ knobs, excuses }) {
      knobs.verifierThrows += 1
      // What waits to be thrown is felt by nobody before it is.
      knobs.thrown.push(() => excuses.begin('site', 'our own code throws')())
      return true
    },
  },
  'receipt-throws': {
    does: 'our own code throws in the transaction',
    everyMs: 8 * HOUR_MS,
    strike({ knobs, excuses }) {
      knobs.receiptThrows += 1
      // What waits to be thrown is felt by nobody before it is.
      knobs.thrown.push(() => excuses.begin('site', 'our own code throws')())
      return true
    },
  },
} as const satisfies Record<string, Trouble>

export type TroubleName = keyof typeof troubles

export const TROUBLE_NAMES = Object.keys(troubles) as readonly TroubleName[]

/** Nobody at a market has anything to do by hand while its box is dead for long. */
export const MARKET_TROUBLES: readonly TroubleName[] = TROUBLE_NAMES.filter((name) => name !== 'long-outage')

/** Lets all of them strike, each with dice of its own, until the returned function is called. */
export function startTroubles(
  stage: Stage<StruckSite>,
  random: Random,
  onStruck: (name: TroubleName) => void,
  names: readonly TroubleName[] = MARKET_TROUBLES,
): () => void {
  const { timeline } = stage.rig
  let isOver = false
  for (const name of names) {
    const dice = random.fork(name)
    const { everyMs, strike }: Trouble = troubles[name]
    const next = (): void => {
      timeline.after(dice.waitMs(everyMs), () => {
        if (isOver) return
        if (strike(stage, dice)) {
          stage.rig.world.happenings.tell({ kind: 'fault', fault: name, what: 'strikes' })
          onStruck(name)
        }
        next()
      })
    }
    next()
  }
  return () => {
    isOver = true
  }
}

/** The alarm goes until the returned function is called. Who stands at a lane then cannot expect what they may otherwise. */
export function fire({ site, excuses, rig }: Stage<StruckSite>): () => void {
  const overs = site.kit.lanes.map(({ id }) => excuses.begin({ lane: id }, 'the fire alarm goes'))
  rig.world.happenings.tell({ kind: 'fault', fault: 'fire', what: 'begins' })
  site.emergency.set(true)
  return () => {
    site.emergency.set(false)
    rig.world.happenings.tell({ kind: 'fault', fault: 'fire', what: 'ends' })
    for (const over of overs) over()
  }
}

/** What was spent since is in no register then: the passes that went in, the rights that were paid. */
function beginRestore({ excuses }: Stage<StruckSite>): () => void {
  return excuses.begin('site', 'old books were put back')
}

function putBackLater(stage: Stage<StruckSite>, random: Random, from: OldBooks, over: () => void): void {
  const { rig, box, branch } = stage
  const putBack = (): void => {
    if (!box.isUp()) {
      over()
      return
    }
    const before = (): void => {
      branch.readOn()
      branch.cutOff()
    }
    box.restore(from, before, () => {
      stage.showSpentToken()
      rig.timeline.after(20 * MINUTE_MS, over)
    })
  }
  rig.timeline.after(random.between(MINUTE_MS, 20 * MINUTE_MS), () => {
    stage.spendToken()
    rig.timeline.after(SPENT_BEFORE_MS, putBack)
  })
}

function weather(does: string, over: Partial<Weather>): Trouble {
  return {
    does,
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const excuse = stage.excuses.begin('site', does)
      stage.rig.network.setWeather({ ...CALM, delayMostMs: 50, ...over })
      return lasts(stage, random, 10 * MINUTE_MS, () => {
        stage.rig.network.setWeather(CALM)
        excuse()
      })
    },
  }
}

function death(name: Parameters<Box['die']>[0], does: string, everyMs: number): Trouble {
  return {
    does,
    everyMs,
    strike({ box }) {
      if (!box.isUp()) return false
      box.die(name)
      return true
    },
  }
}

function clock(does: string, steps: readonly number[]): Trouble {
  return {
    does,
    everyMs: 5 * HOUR_MS,
    strike: (stage, random) => {
      const { knobs, rig, excuses } = stage
      if (knobs.trust !== SYNCED) return false
      const over = excuses.begin('site', does)
      knobs.trust = { state: 'holdover', uncertaintyMs: 100 }
      rig.setClockWrongBy(random.pick(steps))
      return lasts(stage, random, 20 * MINUTE_MS, () => {
        rig.setClockWrongBy(0)
        knobs.trust = SYNCED
        over()
      })
    },
  }
}

function breakDevice(
  stage: Stage<StruckSite>,
  random: Random,
  what: string,
  breakDown: (device: Powered) => () => void,
): boolean {
  const device = random.pick(stage.site.devices)
  if (!device.isOn() || !device.isConnected()) return false
  const over = stage.excuses.begin(scopeOf(stage, device), `${device.device}: ${what}`)
  const mend = breakDown(device)
  return lasts(stage, random, 2 * MINUTE_MS, () => {
    mend()
    over()
  })
}

function scopeOf({ site }: Stage<StruckSite>, { device }: Powered): Scope {
  const lane = site.kit.lanes.find((kit) =>
    [kit.reader, kit.approach, kit.safety, kit.barrier, kit.display].includes(device),
  )
  return lane === undefined ? 'site' : { lane: lane.id }
}

function lasts({ rig }: Pick<Stage<StruckSite>, 'rig'>, random: Random, mostMs: number, then: () => void): true {
  rig.timeline.after(random.between(SECOND_MS, mostMs), then)
  return true
}
