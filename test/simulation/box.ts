import { MINUTE_MS } from '../../core/time.ts'
import { restore } from '../../db/backup.ts'
import { BooksUnknownError } from '../../db/faults.ts'
import type { Random } from '../../simulators/world/random.ts'
import type { Rig } from '../support/rig.ts'
import type { DiskImage } from './disk.ts'
import { readDisk, tornBetween, writeDisk } from './disk.ts'
import type { Excuses } from './excuses.ts'

/** How the gateway's process may end. */
export type Death =
  /** SIGKILL, at any moment. */
  | 'kill'
  | 'crash-before-commit'
  | 'crash-after-commit'
  /** With the first commit that lets somebody through, before the arm is told. */
  | 'crash-before-opening'
  /** While a commit is being written: the disk keeps some of what was not synced. */
  | 'power-cut'
  /** The disk fails at the sync: it is not known whether the group is there. */
  | 'fsync-fails'
  /** The machine is gone, until somebody has brought another power supply. */
  | 'long-outage'

export type BoxOptions = {
  readonly random: Random
  readonly excuses: Excuses
  readonly onViolation: (what: string) => void
  /** The machine was switched off, and its clock is nobody's until a source has been reached. */
  readonly onReboot: () => void
  /** The process has ended, and with it what was only in its memory. */
  readonly onEnded: () => void
  readonly onStarted: () => void
}

/** The machine that the gateway runs on: it ends processes and starts them again, as a service manager does. */
export type Box = {
  isUp(): boolean
  /** Now, or with the next commit. */
  die(death: Death): void
  /** What was to happen with the next commit does not. */
  spare(): void
  /** Ends the process, puts old books in place, and starts again. Calls `before` while the books are still open, and `after` when they are. */
  restore(from: OldBooks, before: () => void, after: () => void): void
  /** For the rig. */
  readonly hooks: {
    readonly atCommit: (moment: Moment) => void
    readonly onFatal: (error: unknown) => void
  }
  attach(rig: Rig): void
}

/** Around a commit; `opening`: after one that tells an arm to open. */
type Moment = 'before' | 'after' | 'opening'

/** What somebody puts in the place of the books: a file as it once was, laid over them by hand; or a backup, by the restore command. */
export type OldBooks =
  | { readonly by: 'hand'; readonly books: Buffer }
  | { readonly by: 'command'; readonly backup: string }

const OFF_LEAST_MS = 500
const OFF_MOST_MS = 20_000
const LONG_LEAST_MS = 10 * MINUTE_MS
const LONG_MOST_MS = 30 * MINUTE_MS

/** Thrown in the middle of a commit by the simulation itself. */
class ProcessEnds extends Error {
  override readonly name = 'ProcessEnds'
}

export function createBox({ random, excuses, onViolation, onReboot, onEnded, onStarted }: BoxOptions): Box {
  let rig: Rig | undefined
  let isUp = false
  let armed: { readonly death: Death; readonly moment: Moment } | undefined
  /** Waits for as long as nobody comes, and keeps no other end from coming. */
  let isArmedForOpening = false
  let dying: Death | undefined
  let beforeCommit: DiskImage | undefined

  function attached(): Rig {
    if (rig === undefined) throw new Error('no machine without a gateway')
    return rig
  }

  function end(death: Death, replace?: { readonly from: OldBooks; readonly after: () => void }): void {
    const { file, timeline, world } = attached()
    const over = excuses.begin('site', `the gateway is down (${death})`)
    isUp = false
    armed = undefined
    dying = undefined
    const fault = replace === undefined ? death : `restored by ${replace.from.by}`
    world.happenings.tell({ kind: 'fault', fault, what: 'down' })
    const left = death === 'power-cut' && beforeCommit !== undefined ? readDisk(file) : undefined
    const image = left === undefined || beforeCommit === undefined ? left : tornBetween(beforeCommit, left, random)
    beforeCommit = undefined
    attached().crash()
    onEnded()
    if (image !== undefined) writeDisk(file, image)
    if (replace?.from.by === 'hand') {
      writeDisk(file, { books: replace.from.books, log: Buffer.alloc(0), head: undefined })
    }
    if (replace?.from.by === 'command') {
      timeline.join(restoreByCommand(replace.from.backup), (problem) => {
        if (problem !== undefined) onViolation(`the restore command does not restore: ${problem}`)
      })
    }
    const offMs =
      death === 'long-outage' ? random.between(LONG_LEAST_MS, LONG_MOST_MS) : random.between(OFF_LEAST_MS, OFF_MOST_MS)
    timeline.after(offMs, () => {
      if (death === 'power-cut') onReboot()
      timeline.join(startAgain(), (problem) => {
        if (problem !== undefined) {
          onViolation(`the gateway does not start again after ${death}: ${problem}`)
          return
        }
        isUp = true
        world.happenings.tell({ kind: 'fault', fault: death, what: 'up' })
        replace?.after()
        over()
        onStarted()
      })
    })
  }

  async function restoreByCommand(backup: string): Promise<string | undefined> {
    const { file, machineNow, layout, gatewayName } = attached()
    try {
      const writer = { site: layout.site, gateway: gatewayName }
      const restored = await restore(backup, file, { now: machineNow(), writer, epochsSkipped: 0 })
      return restored.kind === 'restored' ? undefined : JSON.stringify(restored)
    } catch (error) {
      return textOf(error)
    }
  }

  async function startAgain(): Promise<string | undefined> {
    try {
      await attached().start()
      return undefined
    } catch (error) {
      return textOf(error)
    }
  }

  return {
    isUp: () => isUp,
    die(death) {
      if (death === 'crash-before-opening') isArmedForOpening = true
      if (!isUp || armed !== undefined) return
      switch (death) {
        case 'kill':
        case 'long-outage':
          end(death)
          return
        case 'crash-before-opening':
          return
        case 'crash-before-commit':
          armed = { death, moment: 'before' }
          return
        case 'crash-after-commit':
        case 'power-cut':
          armed = { death, moment: 'after' }
          return
        case 'fsync-fails':
          armed = { death, moment: random.chance(0.5) ? 'before' : 'after' }
          return
      }
    },
    spare() {
      armed = undefined
      isArmedForOpening = false
    },
    restore(from, before, after) {
      if (!isUp) return
      before()
      end('kill', { from, after })
    },
    hooks: {
      atCommit(moment) {
        if (isUp && moment === 'opening' && isArmedForOpening) {
          isArmedForOpening = false
          dying = 'crash-before-opening'
          throw new ProcessEnds(dying)
        }
        if (!isUp || armed === undefined) return
        if (armed.death === 'power-cut' && moment === 'before') beforeCommit = readDisk(attached().file)
        if (armed.moment !== moment) return
        dying = armed.death
        armed = undefined
        throw dying === 'fsync-fails' ? new BooksUnknownError('the disk failed at fsync') : new ProcessEnds(dying)
      },
      onFatal(error) {
        if (!isUp) return
        if (dying === undefined) {
          onViolation(`the process ended by itself: ${textOf(error)}`)
        }
        end(dying ?? 'kill')
      },
    },
    attach(to) {
      rig = to
      isUp = to.isRunning()
    },
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
