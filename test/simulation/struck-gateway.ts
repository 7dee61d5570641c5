import { rmSync } from 'node:fs'
import type { Committed } from '../../db/books.ts'
import { BooksRefuseError } from '../../db/faults.ts'
import { openBooks } from '../../db/open.ts'
import { rebuild } from '../../db/rebuild.ts'
import { verifyJournal } from '../../db/verify.ts'
import type { GatewayNotice } from '../../gateway/gateway.ts'
import type { Verifier } from '../../gateway/tokens/verify.ts'
import type { Happening } from '../../simulators/world/happenings.ts'
import type { Random } from '../../simulators/world/random.ts'
import type { Trace } from '../../simulators/world/trace.ts'
import { traceOf } from '../../simulators/world/trace.ts'
import type { Rig, RigOptions } from '../support/rig.ts'
import { createRig } from '../support/rig.ts'
import type { Box } from './box.ts'
import { createBox } from './box.ts'
import type { Excuses } from './excuses.ts'
import { excuses } from './excuses.ts'
import type { Knobs } from './troubles.ts'
import { SYNCED, TURN_USUAL_MS, VERIFY_USUAL_MS } from './troubles.ts'

export type StruckGatewayOptions = {
  readonly seed: string
  readonly rig: Partial<RigOptions>
  /** Of what happens, what is told with a violation, and how many of the newest lines. */
  readonly lately: { readonly linesMax: number; isTold(happening: Happening): boolean }
  clockText(ms: number): string
  /** Records of the journal that may say why. */
  recordsAbout(rig: Rig, what: string): readonly string[]
  onNotice(notice: GatewayNotice): void
  /** The books have refused the events of a group, so many. */
  onPushedBack(events: number): void
  onStarted(): void
}

export type Violation = {
  readonly seed: string
  /** Virtual time since the site opened. */
  readonly at: string
  readonly what: string
  /** The newest lines of the trace, and the newest records. */
  readonly lately: readonly string[]
}

/** A gateway in virtual time on a machine that can be struck, of whatever site: what every world of the simulation stands on. */
export type StruckGateway = {
  readonly rig: Rig
  readonly machine: Box
  readonly knobs: Knobs
  readonly excuses: Excuses
  readonly trace: Trace
  readonly dice: Random
  readonly violations: readonly Violation[]
  violated(what: string): void
  /** From here times are told. */
  opened(): void
  openedAtMs(): number
  /** Ends the gateway. What the books' own tools say of them when all is over. */
  judgeBooks(): Promise<void>
}

const UNSURE_LEAST_MS = 5_000
const UNSURE_MOST_MS = 60_000

export function struckGateway(options: StruckGatewayOptions): StruckGateway {
  const { seed, lately: told, clockText, recordsAbout } = options
  const violations: Violation[] = []
  const known = new Set<string>()
  const lately: string[] = []
  let openedAtMs = 0
  const knobs: Knobs = {
    trust: SYNCED,
    verifyMostMs: VERIFY_USUAL_MS,
    turnMostMs: TURN_USUAL_MS,
    verifierIsBusy: false,
    verifierThrows: 0,
    receiptThrows: 0,
    thrown: [],
  }
  let box: Box | undefined
  const rig: Rig = createRig({
    seed,
    ...options.rig,
    trust: () => knobs.trust,
    turnMs: (random) => random.below(knobs.turnMostMs),
    verifyMs: (random) => random.below(knobs.verifyMostMs),
    atCommit: (moment) => box?.hooks.atCommit(moment),
    onFatal: (error) => box?.hooks.onFatal(error),
    onNotice(notice) {
      rig.notices.length = 0
      options.onNotice(notice)
    },
    atSign(typ) {
      if (typ !== 'receipt+jwt' || knobs.receiptThrows === 0) return
      knobs.receiptThrows -= 1
      knobs.thrown.shift()?.()
      throw new TypeError('a bug of ours')
    },
    throughVerifier: (verifier) => withFaults(verifier, knobs),
    throughBooks: (books) => ({
      ...books,
      commit(group, now) {
        try {
          const committed = books.commit(group, now)
          if (committed.some(opensAnArm)) box?.hooks.atCommit('opening')
          return committed
        } catch (error) {
          // Whoever waits is pushed back with each group that the books refuse.
          if (error instanceof BooksRefuseError) options.onPushedBack(group.length)
          throw error
        }
      },
    }),
  })
  const { timeline, world } = rig
  const trace = traceOf(world.happenings, timeline, 1)
  world.happenings.listen((happening) => {
    if (!told.isTold(happening)) return
    lately.push(`${clockText(timeline.monotonicMs() - openedAtMs)} ${JSON.stringify(happening)}`)
    if (lately.length > told.linesMax) lately.shift()
  })
  const excuse = excuses(timeline)
  const dice = rig.random.fork('simulation')

  function violated(what: string): void {
    if (known.has(what)) return
    known.add(what)
    violations.push({
      seed,
      at: clockText(timeline.monotonicMs() - openedAtMs),
      what,
      lately: [...lately, ...recordsAbout(rig, what)],
    })
  }

  const machine = createBox({
    random: dice.fork('box'),
    excuses: excuse,
    onViolation: violated,
    onReboot() {
      if (knobs.trust !== SYNCED) return
      const nobody = { state: 'unknown' } as const
      const over = excuse.begin('site', 'the machine has just started')
      knobs.trust = nobody
      timeline.after(dice.between(UNSURE_LEAST_MS, UNSURE_MOST_MS), () => {
        if (knobs.trust === nobody) knobs.trust = SYNCED
        over()
      })
    },
    onEnded() {
      // Holdover is a memory of the process that has just ended.
      if (knobs.trust.state === 'holdover') knobs.trust = { state: 'unknown' }
    },
    onStarted: options.onStarted,
  })
  box = machine

  return {
    rig,
    machine,
    knobs,
    excuses: excuse,
    trace,
    dice,
    violations,
    violated,
    opened() {
      openedAtMs = timeline.monotonicMs()
    },
    openedAtMs: () => openedAtMs,
    async judgeBooks() {
      if (!machine.isUp()) return
      machine.spare()
      await rig.stop()
      const copy = `${rig.file}.rebuilt`
      const open = openBooks(rig.file)
      try {
        const report = await verifyJournal(open, {})
        if (!report.isWhole) violated(`the journal does not verify: ${JSON.stringify(report.faults.slice(0, 3))}`)
        const rebuilt = await rebuild(open, copy)
        if (rebuilt.kind === 'stopped') violated(`the rebuild stops at ${rebuilt.seq}: ${rebuilt.error}`)
        else if (rebuilt.differencesInAll > 0) {
          violated(`the rebuild differs: ${JSON.stringify(rebuilt.differences.slice(0, 3))}`)
        }
      } finally {
        open.close()
        rmSync(copy, { force: true })
      }
    },
  }
}

function withFaults(verifier: Verifier, knobs: Knobs): Verifier {
  return {
    get inFlight() {
      return verifier.inFlight
    },
    get waiting() {
      return verifier.waiting
    },
    async verify(text) {
      if (knobs.verifierThrows > 0) {
        knobs.verifierThrows -= 1
        knobs.thrown.shift()?.()
        throw new TypeError('a bug of ours')
      }
      if (knobs.verifierIsBusy) return { ok: false, refusal: 'busy', detail: 'enough wait already' }
      return verifier.verify(text)
    },
  }
}

function opensAnArm(committed: Committed): boolean {
  return (
    committed.kind === 'committed' &&
    !committed.repeated &&
    committed.effects.some(({ command }) => command.type === 'open')
  )
}
