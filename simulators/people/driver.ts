import type { QrReader } from '../devices/qr-reader.ts'
import type { LaneGround } from '../lane-ground.ts'
import type { Shown } from '../wallet/wallet.ts'
import type { Answer } from '../world/answer.ts'
import { isAccepted } from '../world/answer.ts'
import type { Random } from '../world/random.ts'
import type { Alarm } from '../world/timeline.ts'
import type { World } from '../world/world.ts'
import { holdUp } from './holding-up.ts'
import type { PayersRecord, Purchase } from './payers-record.ts'

export type DriverTempo = {
  /** From standing at the line to holding the phone up, and between two tries. */
  readonly fumbleLeastMs: number
  readonly fumbleMostMs: number
  /** Without an answer for so long, or accepted and the arm is not up for so long, the code is held up again. */
  readonly patienceMs: number
  /** From the arm up to driving on. */
  readonly startMs: number
  /** From the arm to having left the line, and from there to having left the arm. */
  readonly rollMs: number
}

export const DRIVER_TEMPO: DriverTempo = {
  fumbleLeastMs: 800,
  fumbleMostMs: 4_000,
  patienceMs: 5_000,
  startMs: 500,
  rollMs: 900,
}

export type Driving = {
  readonly world: World
  readonly random: Random
  readonly record: PayersRecord
  readonly purchase: Purchase
  readonly vehicle: string
  readonly ground: LaneGround
  readonly reader: QrReader
  readonly tempo: DriverTempo
  /** What is shown first, and what after a refusal that a fresh code mends; `undefined` where there is none. */
  first(): () => Shown
  next(): (() => Shown) | undefined
  /** Follows the vehicle in front through, if the arm is still up, and shows nothing. */
  readonly tailgates: boolean
  /** Turns back after having been let through. */
  readonly turnsBack: boolean
}

/**
 * How it ended. `stranded`: paid, or let through, and the arm never came up: nobody may be left so. `turned-back`: by the driver's own wish.
 */
export type DriveEnd = 'passed' | 'tailgated' | 'refused' | 'turned-back' | 'stranded' | 'no-answer'

/** With how many codes a driver tries, how often where the lane says `later`, and how often again once let through, until the arm comes up. */
const CODES_MAX = 3
const LATER_MAX = 10
const SILENT_TRIES_MAX = 6
const SHOWN_AGAIN_MAX = 8

type Phase =
  | { readonly kind: 'showing' }
  /** Let through, or told that the lane is held open. */
  | { readonly kind: 'waiting-for-arm'; readonly shown: Shown; readonly timesLeft: number; readonly alarm: Alarm }
  | { readonly kind: 'rolling' }
  | { readonly kind: 'gone' }

/** A driver with a vehicle: comes up to the line, shows something, waits for the arm and drives under it, or gives up and backs out. */
export function driveThrough(driving: Driving, onEnd: (ending: DriveEnd) => void): void {
  const { world, random, purchase, vehicle, ground, tempo } = driving
  const { timeline } = world
  let phase: Phase = { kind: 'showing' }
  let isLetThrough = false

  const fumble = (then: () => void): void => {
    timeline.after(random.between(tempo.fumbleLeastMs, tempo.fumbleMostMs), then)
  }
  const isClear = (): boolean => ground.arm() === 'open' && !ground.isOccupied('safety')

  function end(ending: DriveEnd): void {
    phase = { kind: 'gone' }
    unwatch()
    if (purchase.ending === 'under-way') purchase.ending = endingOf(ending, isLetThrough)
    world.happenings.tell({ kind: 'person', who: vehicle, did: ending })
    onEnd(ending)
  }

  function backOut(ending: DriveEnd): void {
    ground.leave('approach', vehicle)
    end(ending)
  }

  function show(code: () => Shown, codesLeft: number, laterLeft: number): void {
    const holding = { ...driving, code, patienceMs: tempo.patienceMs, triesMax: SILENT_TRIES_MAX }
    holdUp(holding, (answer, shown) => hear(answer, shown, codesLeft, laterLeft))
  }

  function hear(answer: Answer | undefined, shown: Shown, codesLeft: number, laterLeft: number): void {
    if (answer === undefined) backOut('no-answer')
    else if (isAccepted(answer)) letThrough(shown)
    else if (answer.ok) backOut('refused')
    else if (answer.refusal === 'lane-held-open') waitForArm(shown, SHOWN_AGAIN_MAX)
    else if (answer.tryAgain === 'later' && laterLeft > 0) fumble(() => show(() => shown, codesLeft, laterLeft - 1))
    else tryAnother(answer, codesLeft, laterLeft)
  }

  function letThrough(shown: Shown): void {
    isLetThrough = true
    purchase.ending = 'accepted'
    if (driving.turnsBack) backOut('turned-back')
    else waitForArm(shown, SHOWN_AGAIN_MAX)
  }

  function tryAnother(refused: Extract<Answer, { ok: false }>, codesLeft: number, laterLeft: number): void {
    const next = refused.tryAgain === 'new-token' && codesLeft > 1 ? driving.next() : undefined
    if (next === undefined) backOut('refused')
    else fumble(() => show(next, codesLeft - 1, laterLeft))
  }

  /** If the arm does not come up, or comes down before the vehicle has started, the same code is shown again. */
  function waitForArm(shown: Shown, timesLeft: number): void {
    const alarm = timeline.after(tempo.patienceMs, () => {
      if (timesLeft === 0) {
        backOut('stranded')
        return
      }
      holdUp({ ...driving, code: () => shown, patienceMs: tempo.patienceMs, triesMax: 1 }, () => {})
      waitForArm(shown, timesLeft - 1)
    })
    phase = { kind: 'waiting-for-arm', shown, timesLeft, alarm }
    startIfClear()
  }

  function startIfClear(): void {
    if (phase.kind !== 'waiting-for-arm' || !isClear()) return
    const { shown, timesLeft, alarm } = phase
    alarm.cancel()
    phase = { kind: 'rolling' }
    timeline.after(tempo.startMs, () => {
      if (isClear()) roll('passed')
      else waitForArm(shown, Math.max(0, timesLeft - 1))
    })
  }

  function roll(ending: DriveEnd): void {
    phase = { kind: 'rolling' }
    ground.enter('safety', vehicle)
    timeline.after(tempo.rollMs, () => ground.leave('approach', vehicle))
    timeline.after(2 * tempo.rollMs, () => {
      ground.leave('safety', vehicle)
      end(ending)
    })
  }

  /** Close behind the vehicle in front: either as if they were one, or at the moment at which that one has left the arm. */
  function tailgate(): void {
    if (random.chance(0.5)) {
      roll('tailgated')
      return
    }
    const stopWaiting = ground.watch(followIfFree)
    followIfFree()

    function followIfFree(): void {
      if (ground.isOccupied('safety') && ground.arm() === 'open') return
      stopWaiting()
      if (ground.arm() === 'open') roll('tailgated')
      else fumble(() => show(driving.first(), CODES_MAX, LATER_MAX))
    }
  }

  const unwatch = ground.watch(startIfClear)
  ground.enter('approach', vehicle)
  if (driving.tailgates && ground.arm() === 'open') tailgate()
  else fumble(() => show(driving.first(), CODES_MAX, LATER_MAX))
}

function endingOf(ending: DriveEnd, isLetThrough: boolean): Purchase['ending'] {
  if (isLetThrough) return 'accepted'
  switch (ending) {
    case 'passed':
    case 'tailgated':
    case 'turned-back':
    case 'stranded':
      return 'walked-away'
    case 'refused':
      return 'refused'
    case 'no-answer':
      return 'no-answer'
  }
}
