import type { Change } from '../core/changes.ts'
import type { SiteEvent } from '../core/events.ts'
import type { DeviceId, EffectId, EventKey, GatewayId, LaneId, SiteId } from '../core/ids.ts'
import { eventKey, principalOf, seqOfEffect } from '../core/ids.ts'
import { approachLoops } from '../core/lane/lane-loops.ts'
import { isAtRest } from '../core/lane/state.ts'
import type { Refusal } from '../core/refusals.ts'
import type { BundleKind, Device, Place } from '../core/site.ts'
import type { Instant, LocalDay } from '../core/time.ts'
import { HOUR_MS, isTrusted } from '../core/time.ts'
import type { Books, Committed } from '../db/books.ts'
import { BooksRefuseError } from '../db/faults.ts'
import type { Forgetting } from '../db/forget.ts'
import type { Bundles, ReadBundle } from './bundles/bundles.ts'
import { readBundlesInUse } from './bundles/in-use.ts'
import type { Alarm, Clock } from './clock/clock.ts'
import { createEmergencyCalls } from './emergency-calls.ts'
import type { DeviceIntake } from './intake/device-intake.ts'
import { createDeviceIntake } from './intake/device-intake.ts'
import { createLoopWatch } from './intake/loop-watch.ts'
import type { DeviceTransport } from './mqtt/transport.ts'
import { endAnsweredCases } from './path/answered-cases.ts'
import type { BooksTrouble, RunningPath } from './path/create-path.ts'
import { createPath } from './path/create-path.ts'
import { longestWaitMs } from './path/longest-wait.ts'
import type { PathReply, PathRequest, RequestBody } from './path/path.ts'
import { createTimers } from './path/timers.ts'
import { createCodeWords } from './sinks/code-words.ts'
import type { SinkCounters } from './sinks/device-sinks.ts'
import { createDeviceSinks } from './sinks/device-sinks.ts'
import { createFailSafe } from './sinks/fail-safe.ts'
import { createLastTold } from './sinks/last-told.ts'
import { createTroubleWords } from './sinks/trouble-words.ts'
import type { KeyRing } from './tokens/key-ring.ts'
import type { Verified, Verifier } from './tokens/verify.ts'

export type GatewayLimits = {
  readonly queueMax: number
  readonly sourceQueueMax: number
  readonly groupMax: number
  readonly refusedPauseMs: number
  readonly scanAgeMaxMs: number
  readonly sinkWaitingMax: number
  readonly lookBackRecordsMax: number
  readonly sinkRetryMs: number
  /** A barrier that has not been told its fail-safe setting for so long does by itself what its lane is set to; it is told three times as often. */
  readonly failSafeAfterMs: number
  readonly timersMax: number
  readonly timerRetryMs: number
  readonly checkpointEveryMs: number
  readonly cursorsEveryMs: number
  /** How often personal values past their time are looked for. */
  readonly eraseEveryMs: number
  /** Records of erasing at a time; what is left goes the next time. */
  readonly eraseRecordsMax: number
  /** How often the gateway looks whether it is night, and old answers, spent tokens and bundles are to be forgotten. */
  readonly forgetLookEveryMs: number
  /** Minute of the local day from which on that is done, once a day; a box that is off by night does it at the first look of its day. */
  readonly forgetFromMinute: number
  /** Rows in one bite: one small transaction, or one record. */
  readonly forgetRowsMax: number
  /** From one bite to the next: the path's groups go in between. */
  readonly forgetPauseMs: number
  /** Bites at one look; what is left goes at the next. */
  readonly forgetBitesMax: number
}

export const GATEWAY_LIMITS: GatewayLimits = {
  queueMax: 2_048,
  sourceQueueMax: 64,
  groupMax: 64,
  refusedPauseMs: 1_000,
  scanAgeMaxMs: 10_000,
  sinkWaitingMax: 256,
  lookBackRecordsMax: 20_000,
  sinkRetryMs: 1_000,
  failSafeAfterMs: 30_000,
  timersMax: 100_000,
  timerRetryMs: 1_000,
  checkpointEveryMs: 60_000,
  cursorsEveryMs: 1_000,
  eraseEveryMs: HOUR_MS,
  eraseRecordsMax: 200,
  forgetLookEveryMs: HOUR_MS,
  forgetFromMinute: 2 * 60,
  forgetRowsMax: 200,
  forgetPauseMs: 100,
  forgetBitesMax: 2_000,
}

export type GatewayParts = {
  readonly site: SiteId
  readonly gateway: GatewayId
  readonly mode: 'live' | 'training'
  /** The address at which drivers reach the pages; `null` where they cannot. */
  readonly publicUrl: string | null
  readonly books: Books
  readonly bundles: Bundles
  readonly forgetting: Forgetting
  /** Asked for the generation of keys in force. */
  readonly createVerifier: (keyRing: () => KeyRing) => Verifier
  readonly transport: DeviceTransport
  readonly clock: Clock
  /** Told apart from every other start of this gateway. */
  readonly start: string
  readonly limits: GatewayLimits
  readonly onEvent: (notice: GatewayNotice) => void
  /** The process must end now, and answer nobody. */
  readonly onFatal: (error: unknown) => void
}

/** What people and counters may want to know. */
export type GatewayNotice =
  | {
      readonly kind: 'committed'
      readonly event: SiteEvent
      readonly committed: Extract<Committed, { kind: 'committed' }>
      readonly at: Instant
    }
  | {
      readonly kind: 'refused'
      readonly refusal: Refusal
      readonly source: string
      readonly detail: string
      readonly isScan: boolean
    }
  | { readonly kind: 'presence'; readonly device: DeviceId; readonly present: boolean }
  /** Behind a broker that keeps messages: it is there, and does not say so when it is asked, so what it says counts as said before. */
  | { readonly kind: 'silent'; readonly device: DeviceId }
  /** A device says more than vehicles can cause, and is not believed as ever from now on; or has been calm for long. */
  | { readonly kind: 'chatter'; readonly device: DeviceId; readonly chatters: boolean }
  /** One more word of such a device was answered, and is in no record. */
  | { readonly kind: 'dropped'; readonly device: DeviceId }
  | { readonly kind: 'emergency'; readonly active: boolean }
  /** The books begin to refuse to be written; `null` when they take what comes again. */
  | { readonly kind: 'books-trouble'; readonly trouble: BooksTrouble | null }

/** The edge service without its network faces: the same in production and in the deterministic simulation. */
export type Gateway = {
  readonly path: RunningPath
  readonly intake: DeviceIntake
  /** `beforeServing` runs when what is in force has been read, and before any device, due time or effect has its turn: what it throws ends the start. */
  start(beforeServing?: () => Promise<void>): Promise<void>
  /** Takes a bundle that has been read into use. Refused as `bundle-older` where a newer one is in force, as `bundle-version-taken` where another content is under its version, and as `bundle-from-future`. */
  use(bundle: ReadBundle): Promise<PathReply>
  submit(request: Omit<PathRequest, 'occurredAt' | 'causedBy' | 'mode'>): Promise<PathReply>
  device(id: DeviceId): Device | undefined
  commands(): SinkCounters
  /**
   * What is in force and cannot be read by this version, each with what is wrong. Without its layout or its policy only what mends that is taken. Without its key set codes are refused but those that the
   * gateway signed itself, without its deny list all codes, and without its tariffs nothing is quoted: the rest goes on.
   */
  unreadable(): ReadonlyMap<BundleKind, readonly string[]>
  /** Stops taking, commits what is queued, and hands the cursors over. The books stay open. */
  stop(): Promise<void>
}

export function createGateway(parts: GatewayParts): Gateway {
  const { books, bundles, forgetting, transport, clock, limits } = parts
  const directory = deviceDirectory(books)
  const alarms = new Set<Alarm>()
  const lastTold = createLastTold(clock)
  /** Inputs that say that there is an emergency. */
  const emergencies = new Set<DeviceId>()
  const unreadable = bundles.unreadable()
  let forgotOn: LocalDay | null = null
  let isStopped = false

  const verifier = refusingUnchecked(
    parts.createVerifier(() => bundles.keyRing(books.bundleInUse('key-set')?.hash ?? null)),
    unreadable,
  )

  const running = createPath({
    books,
    verifier,
    clock,
    queueMax: limits.queueMax,
    sourceQueueMax: limits.sourceQueueMax,
    groupMax: limits.groupMax,
    refusedPauseMs: limits.refusedPauseMs,
    onCommitted,
    onRefused(request, refusal, detail) {
      const { body, source } = request
      // Who shows it on a phone, or at a counter, is answered there.
      if (body.kind === 'shown' && body.reader !== null) codeWords.refused(body.place, refusal)
      parts.onEvent({ kind: 'refused', refusal, source, detail, isScan: body.kind === 'shown' })
    },
    onTrouble(trouble) {
      if (trouble === undefined) troubleWords.ended()
      else troubleWords.began()
      parts.onEvent({ kind: 'books-trouble', trouble: trouble ?? null })
    },
    onFatal: parts.onFatal,
  })

  const path: RunningPath = {
    ...running,
    // Held back and not refused: it is sent again when somebody has mended the file, and nothing of a lane is lost.
    submit(request) {
      if (isHeldBack(request.body))
        return Promise.resolve({ kind: 'pushed-back', refusal: 'not-ready', retryAfterMs: limits.refusedPauseMs })
      const replied = running.submit(request)
      const place = placeOfWho(request.body)
      if (place !== undefined)
        void replied.then(({ kind }) => {
          if (kind === 'pushed-back') troubleWords.refused(place)
        })
      return replied
    },
  }

  const timers = createTimers({
    books,
    path,
    clock,
    readMax: limits.timersMax,
    longestMs(timer) {
      // What was set under a policy that cannot be read waits for its due time, and then for the policy.
      if (unreadable.has('policy')) return Number.POSITIVE_INFINITY
      const policy = books.policy()
      return policy === null ? Number.POSITIVE_INFINITY : longestWaitMs(timer, policy)
    },
    retryMs: limits.timerRetryMs,
    mode: parts.mode,
  })

  const intake: DeviceIntake = createDeviceIntake({
    site: parts.site,
    mode: parts.mode,
    path,
    clock,
    transport,
    device: directory.device,
    isAtRest(lane) {
      const state = books.laneState(lane)
      return state === null || isAtRest(state.phase)
    },
    presence: (lane) => books.laneState(lane)?.presence ?? null,
    isWatched: (lane) => approachLoops(books.devices()).some((loop) => loop.lane === lane && intake.isHeard(loop.id)),
    scanAgeMaxMs: limits.scanAgeMaxMs,
    stateAgeMaxMs: () => (unreadable.has('policy') ? 0 : (books.policy()?.stateAgeMaxMs ?? 0)),
    sightingWindowMs: () => (unreadable.has('policy') ? 0 : (books.policy()?.parking?.sightingWindowMs ?? 0)),
    start: parts.start,
    onEmergency(input, active) {
      if (active) {
        emergencies.add(input)
        openAll()
      } else {
        // Letting go waits for the books, which know whether another input still asks and whether somebody stands under an arm.
        emergencies.delete(input)
      }
      parts.onEvent({ kind: 'emergency', active })
    },
    isUnwritable: () => running.trouble() !== undefined,
    onRefused(device, refusal, detail) {
      const reader = directory.device(device)
      // What is too large to be read at all is a code that is too long.
      if (reader?.kind === 'qr-reader')
        codeWords.refused(reader.place, refusal === 'too-large' ? 'token-too-long' : refusal)
      parts.onEvent({ kind: 'refused', refusal, source: `device:${device}`, detail, isScan: refusal === 'stale-scan' })
    },
    onIgnored: () => undefined,
    onDropped: (device) => parts.onEvent({ kind: 'dropped', device }),
    onArrived(device) {
      sinks.arrived(device)
      troubleWords.arrived(device)
      failSafe.arrived(device)
    },
    onSilent: (device) => parts.onEvent({ kind: 'silent', device }),
    onChatter: (device, chatters) => parts.onEvent({ kind: 'chatter', device, chatters }),
  })

  const emergencyCalls = createEmergencyCalls({
    clock,
    holdOpen() {
      openAll()
      parts.onEvent({ kind: 'emergency', active: true })
    },
    submit: path.submit,
    isAnswered,
    retryMs: limits.refusedPauseMs,
  })

  const sinks = createDeviceSinks({
    site: parts.site,
    books,
    transport,
    clock,
    device: directory.device,
    uptime: intake.uptime,
    start: parts.start,
    publicUrl: parts.publicUrl,
    isHeldOpen: isToBeHeld,
    onAway: commandAway,
    onTold(device, message) {
      lastTold.told(device, message)
      codeWords.told(device)
      troubleWords.told(device)
    },
    waitingMax: limits.sinkWaitingMax,
    lookBackRecordsMax: limits.lookBackRecordsMax,
    retryMs: limits.sinkRetryMs,
  })

  const codeWords = createCodeWords({
    books,
    clock,
    lastTold,
    isCovered: (display) => troubleWords.isCovering(display),
    show: sinks.show,
  })

  const troubleWords = createTroubleWords({
    books,
    clock,
    lastTold,
    isHeldOpen(place) {
      if (place.kind !== 'lane') return false
      return isEmergency() || books.laneState(place.id)?.phase.kind === 'held-open'
    },
    show(display, message, forMs) {
      codeWords.told(display)
      return sinks.show(display, message, forMs)
    },
  })

  const failSafe = createFailSafe({
    site: parts.site,
    afterMs: limits.failSafeAfterMs,
    books,
    transport,
    clock,
    isServing: () => !isStopped && !isBlind() && running.trouble() === undefined,
    clearForMs: intake.clearForMs,
    onClear: failSafeOver,
  })

  const loopWatch = createLoopWatch({
    books,
    clock,
    isHeard: intake.isHeard,
    onAway: loopAway,
  })

  return {
    path,
    intake,
    device: directory.device,
    commands: sinks.counters,
    unreadable: bundles.unreadable,
    submit,
    async start(beforeServing) {
      // What was in force when the process last ended. After an upgrade it may not be understood: then the gateway waits for a file that is.
      await readBundlesInUse(books, bundles)
      await beforeServing?.()
      timers.start()
      sinks.start()
      failSafe.start()
      loopWatch.start()
      every(limits.checkpointEveryMs, () => books.checkpoint(clock.now()))
      every(limits.cursorsEveryMs, () => books.flush())
      every(limits.eraseEveryMs, () => erase(limits.eraseRecordsMax))
      every(limits.forgetLookEveryMs, forgetByNight)
      void endAnsweredCases(books, submit, () => isStopped)
      await transport.start({
        onMessage(message) {
          keepOut(message.device)
          return intake.take(message)
        },
        onPresence(device, present) {
          if (present && keepOut(device)) return
          intake.presence(device, present)
          if (!present) troubleWords.gone(device)
          parts.onEvent({ kind: 'presence', device, present })
          if (!present) {
            failSafe.gone(device)
            loopWatch.gone(device)
            return
          }
          sinks.arrived(device)
          // An arm that was away when the others were told.
          if (isToBeHeld(device)) sinks.holdOpen(device)
        },
      })
    },
    use(bundle) {
      try {
        books.storeBundle(bundle.kind, bundle.hash, bundle.content, clock.now())
      } catch (error) {
        return Promise.resolve(notStored(error))
      }
      const { kind, version, hash, issuedAt } = bundle
      const id = `bundle:${kind}:${version.epoch}:${version.n}:${hash}`
      return submit({
        source: principalOf('gateway', 'bundles'),
        id,
        bytes: id,
        actor: { kind: 'gateway', id: 'bundles', role: null },
        body: { kind: 'bundle-loaded', bundle: kind, version, hash, issuedAt },
      })
    },
    async stop() {
      isStopped = true
      for (const alarm of alarms) alarm.cancel()
      timers.stop()
      failSafe.stop()
      loopWatch.stop()
      codeWords.stop()
      troubleWords.stop()
      emergencyCalls.stop()
      intake.stop()
      await path.stop()
      sinks.stop()
      await transport.stop()
      ifThereIsRoom(() => books.flush())
      ifThereIsRoom(() => books.checkpoint(clock.now()))
    },
  }

  /** Nothing is decided without what stands where and what the site dares. Whatever else cannot be read refuses what needs it, by name. */
  function isBlind(): boolean {
    return unreadable.has('layout') || unreadable.has('policy')
  }

  function hasRules(): boolean {
    return books.bundleInUse('layout') !== null && books.bundleInUse('policy') !== null
  }

  function isHeldBack({ kind }: RequestBody): boolean {
    if (SETTING_UP.has(kind)) return false
    // Refused, a due time would be over. Others are told that the site is not set up.
    return isBlind() || (kind === 'timer' && !hasRules())
  }

  function submit(
    request: Omit<PathRequest, 'occurredAt' | 'causedBy' | 'mode'>,
    causedBy: EventKey | null = null,
  ): Promise<PathReply> {
    const at = clock.now().at
    const given: PathRequest = { ...request, mode: parts.mode, occurredAt: { at, by: 'gateway' }, causedBy }
    const { body } = given
    if (body.kind !== 'emergency' || body.device !== null) return path.submit(given)
    return emergencyCalls.say(given, body.active)
  }

  function notStored(error: unknown): PathReply {
    if (!(error instanceof BooksRefuseError)) parts.onFatal(error)
    return { kind: 'pushed-back', refusal: 'not-ready', retryAfterMs: limits.refusedPauseMs }
  }

  /** An input or a person says so now; or the books do, of an emergency that a person began, or that began before this start. */
  function isToBeHeld(device: DeviceId): boolean {
    if (isEmergency()) return true
    const place = directory.device(device)?.place
    const phase = place?.kind === 'lane' ? books.laneState(place.id)?.phase : undefined
    return phase?.kind === 'held-open' && phase.by.length > 0
  }

  /** An input says so now, or a person has, and the books do not have it. */
  function isEmergency(): boolean {
    if (emergencyCalls.isCalled()) return true
    return [...emergencies].some((input) => directory.device(input)?.status === 'active')
  }

  function isAnswered({ source, id }: PathRequest): boolean {
    try {
      return books.answerTo(eventKey(source, id), '') !== undefined
    } catch {
      // Fire does not wait for a disk that cannot be read either: the path says what is wrong with it.
      return false
    }
  }

  function openAll(): void {
    sinks.holdOpen()
    troubleWords.openedAll()
  }

  function onCommitted(event: SiteEvent, committed: Extract<Committed, { kind: 'committed' }>): void {
    const at = clock.now().at
    if (!committed.repeated) {
      for (const change of committed.changes) {
        if (change.kind === 'device-put' || change.kind === 'device-revoked') directory.forget()
        if (change.kind === 'bundle-current') bundles.inForce(change.bundle, change.hash)
      }
      // A person's word ends it for all inputs; one that still asks holds the arms on, and none comes down in between.
      if (event.body.kind === 'emergency' && event.body.device === null && !event.body.active) {
        emergencies.clear()
        intake.emergencyEnded()
      }
      timers.changed(committed.changes, committed.at, committed.seq)
      for (const { to, command } of committed.effects) if (command.type !== 'announce') intake.commanded(to)
      sinks.wake(committed.seq, committed.effects, committed.at)
      if (event.body.kind === 'bundle-loaded') lanesCame(committed.changes)
      failSafe.changed(committed.changes)
      loopWatch.changed(committed.changes)
      // After what a barrier is told at last.
      for (const change of committed.changes) if (change.kind === 'device-revoked') transport.dismiss(change.device)
    }
    parts.onEvent({ kind: 'committed', event, committed, at })
  }

  /** Their loops and arms may have been there all the time, and have said to nobody what is there. An arm that is held open is told that when it comes, and not sent away for it. */
  function lanesCame(changes: readonly Change[]): void {
    const lanes = new Set(books.layout()?.lanes.map(({ id }) => id))
    for (const change of changes) {
      if (change.kind !== 'lane-state' || !lanes.has(change.state.lane)) continue
      const { lane, phase } = change.state
      for (const { id, kind, place } of books.devices()) {
        const isToSay = kind === 'loop' || (kind === 'barrier' && phase.kind !== 'held-open')
        if (isToSay && place.kind === 'lane' && place.id === lane) intake.askAnew(id)
      }
    }
  }

  /** One that was being let in when it was revoked was not there yet to be cut off. */
  function keepOut(device: DeviceId): boolean {
    return directory.device(device)?.status === 'revoked' && transport.dismiss(device)
  }

  /** A command that could not be handed over: the lane is told, once for each command. */
  function commandAway(device: DeviceId, command: EffectId): void {
    const { place } = directory.device(device) ?? { place: { kind: 'site' } as const }
    void submit(
      {
        source: principalOf('gateway', 'sinks'),
        id: `away:${command}`,
        bytes: command,
        actor: { kind: 'gateway', id: 'sinks', role: null },
        body: {
          kind: 'command-result',
          device,
          lane: place.kind === 'lane' ? place.id : null,
          command,
          result: 'away',
        },
      },
      books.keyAt(seqOfEffect(command)),
    )
  }

  function failSafeOver(lane: LaneId): Promise<PathReply> {
    const { epoch, seq } = books.head()
    const id = `${lane}:${epoch}:${seq}`
    return submit({
      source: principalOf('gateway', 'fail-safe'),
      id,
      bytes: id,
      actor: { kind: 'gateway', id: 'fail-safe', role: null },
      body: { kind: 'fail-safe-over', lane },
    })
  }

  function loopAway(lane: LaneId, device: DeviceId): void {
    const { epoch, seq } = books.head()
    const id = `${device}:${epoch}:${seq}`
    void submit({
      source: principalOf('gateway', 'loop-watch'),
      id,
      bytes: id,
      actor: { kind: 'gateway', id: 'loop-watch', role: null },
      body: { kind: 'loop-away', lane, device },
    })
  }

  /** By events of the path, one after another, so that nobody at a gate waits for it. */
  function erase(recordsMax: number): void {
    const now = clock.now()
    if (recordsMax === 0 || !isTrusted(now.trust) || !books.isEraseDue(now)) return
    const { epoch, seq } = books.head()
    const id = `erase:${epoch}:${seq}`
    void submit({
      source: principalOf('gateway', 'erasing'),
      id,
      bytes: id,
      actor: { kind: 'gateway', id: 'erasing', role: null },
      body: { kind: 'erase-due' },
    }).then((reply) => {
      if (reply.kind === 'committed' && reply.outcome.ok) erase(recordsMax - 1)
    })
  }

  function forgetByNight(): void {
    const { local } = clock.now()
    if (local.day !== forgotOn && local.minuteOfDay >= limits.forgetFromMinute) forget(limits.forgetBitesMax)
  }

  /** A bite, and after a pause the next. What the books have no room for, and what is pushed back, is tried again at the next look. */
  function forget(bitesMax: number): void {
    const now = clock.now()
    if (bitesMax === 0 || !isTrusted(now.trust)) return
    const goOn = (): void => after(limits.forgetPauseMs, () => forget(bitesMax - 1))
    if (forgetting.answers(now, limits.forgetRowsMax) > 0 || forgetting.bundles(now) > 0) {
      goOn()
      return
    }
    const until = forgetting.spentUntil(now, limits.forgetRowsMax)
    if (until === null) {
      forgotOn = now.local.day
      return
    }
    const { epoch, seq } = books.head()
    void submit({
      source: principalOf('gateway', 'forgetting'),
      id: `forget:${epoch}:${seq}`,
      bytes: String(until),
      actor: { kind: 'gateway', id: 'forgetting', role: null },
      body: { kind: 'forget-due', until },
    }).then((reply) => {
      if (reply.kind === 'committed' && reply.outcome.ok) goOn()
    })
  }

  function every(ms: number, run: () => void): void {
    after(ms, () => {
      // First the next time: what there is no room for now may have some then.
      every(ms, run)
      run()
    })
  }

  function after(ms: number, run: () => void): void {
    if (isStopped) return
    const alarm = clock.after(ms, () => {
      alarms.delete(alarm)
      try {
        ifThereIsRoom(run)
      } catch (error) {
        parts.onFatal(error)
      }
    })
    alarms.add(alarm)
  }

  /** For what was promised to nobody: where the books refuse it now there may be room later, and a gateway that stops is not kept from it. */
  function ifThereIsRoom(write: () => void): void {
    try {
      write()
    } catch (error) {
      if (!(error instanceof BooksRefuseError)) throw error
    }
  }
}

/** Enrolled devices by id, read again after one came or went. */
function deviceDirectory(books: Books): { device(id: DeviceId): Device | undefined; forget(): void } {
  let byId: ReadonlyMap<DeviceId, Device> | undefined
  return {
    device(id) {
      byId ??= new Map(books.devices().map((device) => [device.id, device]))
      return byId.get(id)
    },
    forget() {
      byId = undefined
    },
  }
}

/** Where somebody stands who has said this, or of whom it tells now. Who shows a code on a phone is answered there. */
function placeOfWho(body: RequestBody): Place | undefined {
  if (body.kind === 'shown') return body.reader === null ? undefined : body.place
  if (body.kind === 'charge-open') return { kind: 'stall', id: body.stall }
  const isSomebody =
    body.kind === 'ticket-asked' ||
    (body.kind === 'plate-seen' && !body.late) ||
    (body.kind === 'loop' && body.role === 'approach' && body.occupied && !body.late)
  return isSomebody ? { kind: 'lane', id: body.lane } : undefined
}

/** What needs neither layout nor policy: what mends them is among it. */
const SETTING_UP: ReadonlySet<string> = new Set<SiteEvent['body']['kind']>([
  'bundle-loaded',
  'device-enrolled',
  'device-revoked',
  'upstream-reached',
  'erase-due',
  'forget-due',
])

/** Whoever shows a code that cannot be judged is told at once, and by name: a reader that waits in silence holds up a lane. */
function refusingUnchecked(verifier: Verifier, unreadable: ReadonlyMap<BundleKind, unknown>): Verifier {
  const unchecked = (detail: string): Verified => ({ ok: false, refusal: 'codes-unchecked', detail })
  return {
    get inFlight() {
      return verifier.inFlight
    },
    get waiting() {
      return verifier.waiting
    },
    async verify(text) {
      if (unreadable.has('deny-list')) return unchecked('the deny list in force cannot be read')
      const verified = await verifier.verify(text)
      const isKeyMissing =
        !verified.ok && (verified.refusal === 'token-issuer-unknown' || verified.refusal === 'token-key-unknown')
      return isKeyMissing && unreadable.has('key-set') ? unchecked('the key set in force cannot be read') : verified
    },
  }
}
