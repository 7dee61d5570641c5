import { answerText, refusalText } from '../../core/answer.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { principalOf } from '../../core/ids.ts'
import type { Mode } from '../../core/mode.ts'
import { isCurrencyCode, money } from '../../core/money.ts'
import { PLATE_READINGS_MAX } from '../../core/parking/events.ts'
import { readPlate } from '../../core/parking/plate.ts'
import type { SeenPlate } from '../../core/parking/sightings.ts'
import { sight } from '../../core/parking/sightings.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { later } from '../../core/time.ts'
import type { DeviceEvent, DeviceReading, Driver, PlateSeen } from '../../devices/driver.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeviceTransport, InboundMessage } from '../mqtt/transport.ts'
import type { Path, PathReply, PathRequest, RequestBody } from '../path/path.ts'
import { createAsking } from './asking.ts'
import { createBarrierChatter } from './barrier-chatter.ts'
import { createChatter } from './chatter.ts'
import { createHeldWords, QUIET_MS } from './held-words.ts'
import { createLoopChatter } from './loop-chatter.ts'
import type { Uptime } from './uptimes.ts'
import { createUptimes } from './uptimes.ts'
import type { WhoStands } from './word-chatter.ts'
import { createWordChatter } from './word-chatter.ts'

export type IntakeSettings = {
  readonly site: string
  readonly mode: Mode
  readonly path: Path
  readonly clock: Clock
  readonly transport: DeviceTransport
  readonly device: (id: DeviceId) => Device | undefined
  /** Whether nothing is under way at the lane, by the books: then no arm of it is to be up. */
  readonly isAtRest: (lane: LaneId) => boolean
  /** Who stands at the lane, by the books. */
  readonly presence: (lane: LaneId) => number | null
  /** Whether a loop before its barrier is heard: else nobody knows who stands there. */
  readonly isWatched: (lane: LaneId) => boolean
  /** A scan older than this is refused as `stale-scan` and spends nothing: the car that stands there now is not that car. */
  readonly scanAgeMaxMs: number
  /** An event of state older than this is evidence only. */
  readonly stateAgeMaxMs: () => number
  /** The same plate by the same camera within so long is one sighting; 0 where the site has no car park. */
  readonly sightingWindowMs: () => number
  /** Told apart from every other start of the gateway: part of the ids of events whose device knows none. */
  readonly start: string
  /** Told at once, before the books and whatever becomes of them; each time that an input says it. */
  readonly onEmergency: (input: DeviceId, active: boolean) => void
  readonly onRefused: (device: DeviceId, refusal: Refusal, detail: string) => void
  /** The books cannot be written: what was held back for that and comes again too late is not said to have come late. */
  readonly isUnwritable: () => boolean
  readonly onIgnored: (device: DeviceId) => void
  /** It chatters, and what it said was answered and is in no record. */
  readonly onDropped: (device: DeviceId) => void
  readonly onArrived: (device: DeviceId) => void
  /** It is there, and does not answer when it is asked: what it says counts as said before. */
  readonly onSilent: (device: DeviceId) => void
  /** A device is said to chatter from now on, or has been calm for long (`chatter.ts`). */
  readonly onChatter: (device: DeviceId, chatters: boolean) => void
}

/**
 * What devices say, on its way to the path: parsed by their drivers, mapped to the gateway's time, and answered after the commit. Nothing past this line
 * sees their bytes.
 */
export type DeviceIntake = {
  /** `keepPicture`: keeps what was sent along where the message is news, and says under which name; that is the picture then. */
  take(message: InboundMessage, keepPicture?: KeepPicture): Promise<'acknowledge' | 'withhold'>
  presence(device: DeviceId, present: boolean): void
  /** What it has said of its level counts no more, and it is made to say it again: it connects anew, or is asked where the broker is not ours. */
  askAnew(device: DeviceId): void
  /** A person has ended the emergency for all inputs: for one that is there and has not taken its word back that word is given once more, for an input speaks only when something changes. */
  emergencyEnded(): void
  /** The device's boot and uptime now, by its hello on this connection, or by its answer where a broker keeps messages. */
  uptime(device: DeviceId): Uptime | undefined
  /** A command has been written for it: what it says of its level from now on is news, also where that is what it said before. */
  commanded(device: DeviceId): void
  /** It is there, and does not answer when it is asked. */
  isSilent(device: DeviceId): boolean
  /** Whether a loop is there, and has said since it came what is over it. */
  isHeard(loop: DeviceId): boolean
  /** For how many ms a loop's own last word, on the connection that it has now, is that nobody is over it; `undefined` where it is not, or where it has said nothing in time. */
  clearForMs(loop: DeviceId): number | undefined
  /** It says more than vehicles can cause: it is believed late, or not each word of it is taken. */
  isChattering(device: DeviceId): boolean
  stop(): void
}

/** At once: whoever waits for a disk here is decided upon when another vehicle stands before the arm. */
export type KeepPicture = () => string | undefined

const EMERGENCY_ASKED = 'emergency:true'
const LOOP_CLEAR = 'occupied:false'
const NOTED = answerText({ ok: true, kind: 'noted' })

export function createDeviceIntake(settings: IntakeSettings): DeviceIntake {
  const { clock, path, transport } = settings
  const uptimes = createUptimes(() => clock.monotonicMs())
  const asking = createAsking({
    clock,
    start: settings.start,
    listening: transport.listening,
    canBeAsked: (id) => encodeAskOf(settings.device(id)) !== undefined,
    ask(id, ask) {
      const encoded = encodeAskOf(settings.device(id))?.({ site: settings.site, device: id }, ask)
      if (encoded === undefined) return
      void transport.send(id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
    },
    onSilent: settings.onSilent,
  })
  const chatter = createChatter({ clock, onChatter: settings.onChatter })
  const held = createHeldWords({ clock })
  const loops = createLoopChatter({ clock, chatter, held })
  const barriers = createBarrierChatter({ clock, chatter, held })
  const words = createWordChatter({ clock, chatter })
  /** The last level that each device gave since it connected: a level that is said again says nothing new. */
  const levels = new Map<DeviceId, Level>()
  /** The first event of a device that was pushed back: until it has come again, what the device said after it would overtake it. */
  const pushedBack = new Map<DeviceId, string>()
  /** What each camera has seen within the window. */
  const sightings = new Map<DeviceId, readonly SeenPlate[]>()
  let counted = 0

  return {
    async take(message, keepPicture) {
      const device = settings.device(message.device)
      const driver = device === undefined ? undefined : driverNamed(device.driver)
      if (device === undefined || driver === undefined || device.status === 'revoked') {
        settings.onRefused(message.device, 'device-unknown', 'not enrolled')
        return 'acknowledge'
      }
      const parsed = driver.parse({ site: settings.site, device: device.id }, message.topic, message.payload)
      if (parsed.ok === 'ignored') {
        settings.onIgnored(device.id)
        return 'acknowledge'
      }
      if (!parsed.ok) {
        settings.onRefused(device.id, parsed.refusal, parsed.detail)
        if (parsed.event !== undefined) say(device, driver, parsed.event, refusalText(parsed.refusal))
        return 'acknowledge'
      }
      return takeEvent(device, driver, parsed.event, message.payload, keepPicture)
    },
    presence(device, present) {
      if (present) {
        asking.arrived(device)
        return
      }
      asking.gone(device)
      uptimes.gone(device)
      held.cutOff(device)
      levels.delete(device)
      pushedBack.delete(device)
      sightings.delete(device)
    },
    askAnew,
    emergencyEnded() {
      for (const [device, { said }] of [...levels]) if (said === EMERGENCY_ASKED) void asksOn(device)
    },
    uptime: uptimes.now,
    commanded(device) {
      held.giveNow(device)
      // A relay does not know where its arm is: what its contact says in the moment of the pulse is from before.
      if (settings.device(device)?.delivery === 'repeatable') levels.delete(device)
    },
    isSilent: asking.isSilent,
    // What comes behind a last will is not held for its word, as below.
    isHeard: (loop) => levels.get(loop)?.isBooked === true && transport.isPresent(loop),
    clearForMs(loop) {
      const level = levels.get(loop)
      // What comes behind a last will is not held against it.
      return level?.said === LOOP_CLEAR && transport.isPresent(loop) ? clock.monotonicMs() - level.sinceMs : undefined
    },
    isChattering: chatter.isChattering,
    stop() {
      held.stop()
      chatter.stop()
    },
  }

  function askAnew(device: DeviceId): void {
    levels.delete(device)
    held.cutOff(device)
    if (transport.isPresent(device) && !transport.disconnect(device)) asking.anew(device)
  }

  async function asksOn(id: DeviceId): Promise<void> {
    const device = settings.device(id)
    if (device === undefined || device.status === 'revoked') return
    settings.onEmergency(id, true)
    const reply = await path.submit({
      source: principalOf('device', id),
      id: countedId(),
      bytes: EMERGENCY_ASKED,
      actor: { kind: 'device', id, role: null },
      mode: settings.mode,
      causedBy: null,
      body: { kind: 'emergency', device: id, active: true },
      occurredAt: { at: clock.now().at, by: 'gateway' },
    })
    // The arms are told already; it says so itself for the books.
    if (reply.kind === 'pushed-back') askAnew(id)
  }

  async function takeEvent(
    device: Device,
    driver: Driver,
    event: DeviceEvent,
    bytes: Uint8Array,
    keepPicture: KeepPicture | undefined,
  ): Promise<'acknowledge' | 'withhold'> {
    const { reading } = event
    const isAnswer = event.ask !== undefined && asking.answered(device.id, event.ask)
    asking.spoke(device.id)
    if (reading.kind === 'hello') {
      if (event.id === null || event.upMs === null) return 'acknowledge'
      answer(device, driver, event, NOTED)
      // An answer that is too late, or comes twice, says nothing.
      if (event.ask !== undefined && !isAnswer) return 'acknowledge'
      levels.delete(device.id)
      held.cutOff(device.id)
      // Who answers is on the connection that it was on, and sends again what was pushed back.
      if (!isAnswer) pushedBack.delete(device.id)
      // One that the broker may have kept says nothing of the device's time now.
      if (!asking.isHeardNow(device.id)) return 'acknowledge'
      uptimes.greeted(device.id, event.id.boot, event.upMs)
      settings.onArrived(device.id)
      return 'acknowledge'
    }
    const ageMs = ageOf(device.id, event)
    if (reading.kind === 'emergency') settings.onEmergency(device.id, reading.active)
    if (isOvertaking(device.id, event)) return 'withhold'
    if (reading.kind === 'command-result' && device.kind !== 'barrier') {
      // What a soundbox or a display did is counted; only an arm's word is evidence.
      answer(device, driver, event, NOTED)
      settings.onIgnored(device.id)
      return 'acknowledge'
    }
    const sighting = reading.kind === 'plate-seen' ? sightingOf(device, reading) : undefined
    if (sighting?.isRepeated === true) {
      sightings.set(device.id, sighting.after)
      answer(device, driver, event, NOTED)
      settings.onIgnored(device.id)
      return 'acknowledge'
    }
    const isLate = ageMs === undefined || ageMs > settings.stateAgeMaxMs()
    // What comes late is what a broker or the device itself has kept: it comes all at once, and is evidence.
    if (isLate && isTooManyLate(device.id, reading, ageMs)) return drop(device, driver, event)
    const waitMs = isLate ? 0 : waitMsOf(device, reading)
    const level = levelOf(reading)
    if (level !== undefined && levels.get(device.id)?.said === level && !isUpInVain(device, reading)) {
      answer(device, driver, event, NOTED)
      settings.onIgnored(device.id)
      return 'acknowledge'
    }
    if (waitMs > 0) {
      const at = later(clock.now().at, -(ageMs ?? 0))
      held.hold(device.id, waitMs, (isOfThisLine) => takeHeld(device.id, event, bytes, at, isOfThisLine))
      answer(device, driver, event, NOTED)
      return 'acknowledge'
    }
    const seen = bodyOf(device, reading, isLate, sighting?.isCorrection === true)
    if (typeof seen === 'string') return refuse(device, driver, event, seen, 'not for where this device stands')
    // Who pressed for a ticket, or showed a code, so long ago has gone.
    const isOfWhoStandsThere = reading.kind === 'scan' || reading.kind === 'ticket-asked'
    const isStale = isOfWhoStandsThere && (ageMs === undefined || ageMs > settings.scanAgeMaxMs)
    if (!isStale && isWordTooMany(seen, device.id, isLate, ageMs)) return drop(device, driver, event)
    // Nothing waits from the first line to the path: what a device says twice in one moment would pass for news, and what is late would pass for fresh.
    const body = keepPicture === undefined ? seen : withPicture(seen, keepPicture)
    const comesTo = laneOfWho(body, isLate)
    if (comesTo !== undefined) barriers.comesTo(comesTo)
    // After a level that says only what was, the next one is news whatever it says: unless that was before the one that is known. Whoever calls for help calls on, however late that was heard.
    const isCall = reading.kind === 'emergency' && !isBefore(event, levels.get(device.id))
    if (level !== undefined && (!isLate || isCall)) remember(device.id, level, event)
    else if (level !== undefined && !isBefore(event, levels.get(device.id))) levels.delete(device.id)

    const now = clock.now().at
    const reply = await path.submit({
      ...requestOf(device, event, bytes, body),
      occurredAt: ageMs === undefined ? { at: now, by: 'gateway' } : { at: later(now, -ageMs), by: 'device' },
      ...(isStale ? { refuseIfNew: settings.isUnwritable() ? 'books-unwritable' : 'stale-scan' } : {}),
    })
    booked(device.id, level, reply)
    if (reply.kind === 'pushed-back') {
      if (event.id !== null && !pushedBack.has(device.id)) pushedBack.set(device.id, idOf(event.id))
      return 'withhold'
    }
    if (sighting !== undefined) sightings.set(device.id, sighting.after)
    answer(device, driver, event, reply.answer)
    return 'acknowledge'
  }

  /** What has waited while its loop chattered. Where the line on which it was said is cut by now it is evidence: nothing comes down on the old word of a loop (decision 099). */
  async function takeHeld(
    id: DeviceId,
    event: DeviceEvent,
    bytes: Uint8Array,
    at: Instant,
    isOfThisLine: boolean,
  ): Promise<'taken' | 'again'> {
    const device = settings.device(id)
    if (device === undefined || device.status === 'revoked') return 'taken'
    const body = bodyOf(device, event.reading, !isOfThisLine, false)
    if (typeof body === 'string') return 'taken'
    if (body.kind === 'barrier-state') barriers.given(id, body.state)
    const level = isOfThisLine ? levelOf(event.reading) : undefined
    if (level !== undefined) remember(id, level, event)
    const reply = await path.submit({ ...requestOf(device, event, bytes, body), occurredAt: { at, by: 'device' } })
    booked(id, level, reply)
    return reply.kind === 'pushed-back' ? 'again' : 'taken'
  }

  function requestOf(
    device: Device,
    event: DeviceEvent,
    bytes: Uint8Array,
    body: RequestBody,
  ): Omit<PathRequest, 'occurredAt'> {
    return {
      source: principalOf('device', device.id),
      id: event.id === null ? countedId() : idOf(event.id),
      bytes,
      actor: { kind: 'device', id: device.id, role: null },
      mode: settings.mode,
      causedBy: null,
      body,
    }
  }

  function remember(device: DeviceId, said: string, event: DeviceEvent): void {
    const isBooked = levels.get(device)?.isBooked === true
    levels.set(device, { said, sinceMs: clock.monotonicMs(), boot: event.id?.boot, upMs: event.upMs, isBooked })
  }

  function booked(device: DeviceId, level: string | undefined, reply: PathReply): void {
    const known = levels.get(device)
    if (known === undefined || known.said !== level) return
    if (isNoted(reply)) levels.set(device, { ...known, isBooked: true })
    else levels.delete(device)
  }

  /** The lane has let the arm go, and it says again that it stands up by itself: it has not heard that, or could not come down. */
  function isUpInVain({ place }: Device, reading: DeviceReading): boolean {
    const isUpByItself = reading.kind === 'barrier' && reading.reason === 'fail-safe'
    return isUpByItself && place.kind === 'lane' && settings.isAtRest(place.id)
  }

  /** What a camera says again and again while a vehicle waits is one sighting. A reading that is no plate is remembered by nothing. */
  function sightingOf(
    { id: device, place }: Device,
    { plates, eventId, direction, vehicle }: PlateSeen,
  ):
    | { readonly isRepeated: boolean; readonly isCorrection: boolean; readonly after: readonly SeenPlate[] }
    | undefined {
    const [likeliest] = plates
    const read = likeliest === undefined ? undefined : readPlate(likeliest.text)
    if (likeliest === undefined || read === undefined || !read.ok) return undefined
    const { confidencePermille } = likeliest
    const seen: SeenPlate = {
      text: read.plate.text,
      confidencePermille,
      eventId,
      atMs: clock.monotonicMs(),
      direction,
      vehicle,
      isAlone: plates.length === 1,
      presence: place.kind === 'lane' ? settings.presence(place.id) : null,
    }
    const { news, after } = sight(sightings.get(device) ?? [], seen, settings.sightingWindowMs())
    return { isRepeated: news === 'repeated', isCorrection: news === 'changed', after }
  }

  /** How long what a loop or a barrier says now is to wait; 0: not at all. */
  function waitMsOf({ id, place }: Device, reading: DeviceReading): number {
    if (reading.kind === 'occupied') return loops.said(id, reading.occupied) === 'hold' ? QUIET_MS : 0
    if (reading.kind !== 'barrier' || place.kind !== 'lane') return 0
    const isAlone = settings.isAtRest(place.id) && whoStands(place.id) === 'nobody'
    const waitMs = barriers.said(id, reading.state, isAlone)
    if (waitMs > 0) barriers.waits(id, place.id)
    return waitMs
  }

  function isTooManyLate(device: DeviceId, reading: DeviceReading, ageMs: number | undefined): boolean {
    if (reading.kind === 'occupied') return loops.saidLate(device, ageMs ?? null) === 'drop'
    return reading.kind === 'barrier' && barriers.saidLate(device, ageMs ?? null) === 'drop'
  }

  /** Whether it is a press, a reading or a code of a device that says more than vehicles can cause, and nothing of whoever stands there by now. */
  function isWordTooMany(body: RequestBody, device: DeviceId, isLate: boolean, ageMs: number | undefined): boolean {
    if (body.kind === 'plate-seen' && isLate) return words.saidLate(device, ageMs ?? null) === 'drop'
    if (body.kind === 'shown') {
      // At a stall nobody knows who stands there.
      const stands = body.place.kind === 'lane' ? whoStands(body.place.id) : 'unknown'
      return words.read(device, body.text, stands) === 'drop'
    }
    if (body.kind !== 'plate-seen' && body.kind !== 'ticket-asked') return false
    return words.said(device, whoStands(body.lane)) === 'drop'
  }

  function whoStands(lane: LaneId): WhoStands {
    return settings.presence(lane) ?? (settings.isWatched(lane) ? 'nobody' : 'unknown')
  }

  /** Whole ms since it happened; 0 for devices that say only what is now; `undefined` where the boot is not the one that said hello, or a broker may have kept it. */
  function ageOf(device: DeviceId, { id, upMs }: DeviceEvent): number | undefined {
    if (!asking.isHeardNow(device)) return undefined
    if (id === null || upMs === null) return 0
    const ageMs = uptimes.ageMs(device, id.boot, upMs)
    uptimes.heard(device, id.boot, upMs)
    return ageMs
  }

  function isOvertaking(device: DeviceId, { id }: DeviceEvent): boolean {
    const first = pushedBack.get(device)
    if (first === undefined || id === null) return false
    if (first === idOf(id)) pushedBack.delete(device)
    return first !== idOf(id)
  }

  function refuse(device: Device, driver: Driver, event: DeviceEvent, refusal: Refusal, detail: string): 'acknowledge' {
    settings.onRefused(device.id, refusal, detail)
    answer(device, driver, event, refusalText(refusal))
    return 'acknowledge'
  }

  function drop(device: Device, driver: Driver, event: DeviceEvent): 'acknowledge' {
    answer(device, driver, event, NOTED)
    settings.onDropped(device.id)
    return 'acknowledge'
  }

  function answer(device: Device, driver: Driver, event: DeviceEvent, outcome: string): void {
    if (event.id !== null) say(device, driver, idOf(event.id), outcome)
  }

  function say(device: Device, driver: Driver, event: string, outcome: string): void {
    const encoded = driver.encodeAnswer({ site: settings.site, device: device.id }, { event, outcome })
    if (encoded === undefined) return
    void transport.send(device.id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
  }

  function countedId(): string {
    counted += 1
    return `${settings.start}:${counted}`
  }
}

type Level = {
  readonly said: string
  readonly sinceMs: number
  readonly boot: string | undefined
  readonly upMs: number | null
  /** Something that it has said since it came is in the books: before that a decision may rest on what it said before its line was cut. */
  readonly isBooked: boolean
}

/** Of what a device numbers and times by itself: an old message that it sends again says nothing of what it has said since. */
function isBefore({ id, upMs }: DeviceEvent, level: Level | undefined): boolean {
  const isOfOneBoot = id !== null && id.boot === level?.boot
  return isOfOneBoot && upMs !== null && level.upMs !== null && upMs < level.upMs
}

function encodeAskOf(device: Device | undefined): Driver['encodeAsk'] {
  return device === undefined || device.status === 'revoked' ? undefined : driverNamed(device.driver)?.encodeAsk
}

function idOf({ boot, seq }: NonNullable<DeviceEvent['id']>): string {
  return `${boot}:${seq}`
}

/** Whether the level is in the books now, so that the same again is nothing new and its answer is the same. */
function isNoted(reply: PathReply): boolean {
  return reply.kind === 'committed' && reply.outcome.ok
}

/** Readings that are levels: the same again is no event. */
function levelOf(reading: DeviceReading): string | undefined {
  switch (reading.kind) {
    case 'occupied':
      return `occupied:${reading.occupied}`
    case 'barrier':
      return `barrier:${reading.state}:${reading.reason ?? ''}`
    case 'emergency':
      return `emergency:${reading.active}`
    case 'hello':
    case 'scan':
    case 'amount-keyed':
    case 'amount-cleared':
    case 'command-result':
    case 'ticket-asked':
    case 'plate-seen':
      return undefined
  }
}

function bodyOf(device: Device, reading: DeviceReading, late: boolean, isCorrection: boolean): RequestBody | Refusal {
  const { place } = device
  switch (reading.kind) {
    case 'hello':
      // Greets the intake and goes no further.
      return 'wrong-schema'
    case 'ticket-asked':
      return place.kind === 'lane' ? { kind: 'ticket-asked', lane: place.id, vehicleClass: null } : 'lane-unknown'
    case 'plate-seen':
      if (place.kind !== 'lane') return 'lane-unknown'
      return {
        kind: 'plate-seen',
        lane: place.id,
        device: device.id,
        readings: reading.plates.slice(0, PLATE_READINGS_MAX),
        picture: reading.picture,
        ...(reading.direction === null ? {} : { direction: reading.direction }),
        ...(reading.vehicle === null ? {} : { vehicle: reading.vehicle }),
        ...(isCorrection ? { corrects: true } : {}),
        late,
      }
    case 'scan':
      return { kind: 'shown', place, reader: device.id, text: reading.text }
    case 'amount-keyed':
      if (place.kind !== 'stall') return 'stall-unknown'
      if (!isCurrencyCode(reading.currency)) return 'token-currency'
      return { kind: 'charge-open', stall: place.id, amount: money(reading.amount, reading.currency) }
    case 'amount-cleared':
      return place.kind === 'stall' ? { kind: 'charge-cancel', stall: place.id, charge: null } : 'stall-unknown'
    case 'occupied':
      if (place.kind !== 'lane' || device.role === null) return 'lane-unknown'
      return { kind: 'loop', lane: place.id, device: device.id, role: device.role, occupied: reading.occupied, late }
    case 'barrier':
      if (place.kind !== 'lane') return 'lane-unknown'
      return {
        kind: 'barrier-state',
        lane: place.id,
        device: device.id,
        state: reading.state,
        ...(reading.reason === undefined ? {} : { reason: reading.reason }),
        late,
      }
    case 'command-result':
      return {
        kind: 'command-result',
        device: device.id,
        lane: laneOf(device),
        command: reading.command,
        result: reading.result,
      }
    case 'emergency':
      return { kind: 'emergency', device: device.id, active: reading.active }
  }
}

/** What was sent along with a sighting, and could be kept, is its picture. */
function withPicture(seen: RequestBody, keepPicture: KeepPicture): RequestBody {
  if (seen.kind !== 'plate-seen') return seen
  const picture = keepPicture()
  return picture === undefined ? seen : { ...seen, picture }
}

/** At which lane somebody comes, shows something or asks for it, now. */
function laneOfWho(body: RequestBody, isLate: boolean): LaneId | undefined {
  if (isLate) return undefined
  if (body.kind === 'shown') return body.place.kind === 'lane' ? body.place.id : undefined
  const isSomebody =
    body.kind === 'ticket-asked' || body.kind === 'plate-seen' || (body.kind === 'loop' && body.occupied)
  return isSomebody ? body.lane : undefined
}

function laneOf(device: Device): LaneId | null {
  return device.place.kind === 'lane' ? device.place.id : null
}
