import { answerText, refusalText } from '../../core/answer.ts'
import type { Mode } from '../../core/events.ts'
import type { DeviceId, LaneId } from '../../core/ids.ts'
import { principalOf } from '../../core/ids.ts'
import { isCurrencyCode, money } from '../../core/money.ts'
import type { Refusal } from '../../core/refusals.ts'
import type { Device } from '../../core/site.ts'
import { later } from '../../core/time.ts'
import type { DeviceEvent, DeviceReading, Driver } from '../../devices/driver.ts'
import { driverNamed } from '../../devices/registry.ts'
import type { Clock } from '../clock/clock.ts'
import type { DeviceTransport, InboundMessage } from '../mqtt/transport.ts'
import type { Path, RequestBody } from '../path/path.ts'

export type IntakeSettings = {
  readonly site: string
  readonly mode: Mode
  readonly path: Path
  readonly clock: Clock
  readonly transport: DeviceTransport
  readonly device: (id: DeviceId) => Device | undefined
  /** A scan older than this is refused as `stale-scan` and spends nothing: the car that stands there now is not that car. */
  readonly scanAgeMaxMs: number
  /** An event of state older than this is evidence only. */
  readonly stateAgeMaxMs: () => number
  /** Told apart from every other start of the gateway: part of the ids of events whose device knows none. */
  readonly start: string
  readonly onEmergency: (active: boolean) => void
  readonly onRefused: (device: DeviceId, refusal: Refusal, detail: string) => void
  readonly onIgnored: (device: DeviceId) => void
  readonly onArrived: (device: DeviceId) => void
}

/**
 * What devices say, on its way to the path: parsed by their drivers, mapped to the gateway's time, and answered after the commit. Nothing past this line
 * sees their bytes.
 */
export type DeviceIntake = {
  take(message: InboundMessage): Promise<'acknowledge' | 'withhold'>
  presence(device: DeviceId, present: boolean): void
  /** The device's boot and uptime now, by its hello on this connection. */
  uptime(device: DeviceId): { readonly boot: string; readonly upMs: number } | undefined
}

const NOTED = answerText({ ok: true, kind: 'noted' })

/** A hello ties the device's uptime to the gateway's monotonic clock. */
type Session = { readonly boot: string; readonly upMs: number; readonly monotonicMs: number }

export function createDeviceIntake(settings: IntakeSettings): DeviceIntake {
  const { clock, path, transport } = settings
  const sessions = new Map<DeviceId, Session>()
  /** The last level that each device gave since it connected: a level that is said again says nothing new. */
  const levels = new Map<DeviceId, string>()
  let counted = 0

  return {
    async take(message) {
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
        return 'acknowledge'
      }
      return takeEvent(device, driver, parsed.event, message.payload)
    },
    presence(device, present) {
      if (present) return
      sessions.delete(device)
      levels.delete(device)
    },
    uptime(device) {
      const session = sessions.get(device)
      if (session === undefined) return undefined
      return { boot: session.boot, upMs: session.upMs + clock.monotonicMs() - session.monotonicMs }
    },
  }

  async function takeEvent(
    device: Device,
    driver: Driver,
    event: DeviceEvent,
    bytes: Uint8Array,
  ): Promise<'acknowledge' | 'withhold'> {
    const { reading } = event
    if (reading.kind === 'hello') {
      if (event.id === null || event.upMs === null) return 'acknowledge'
      sessions.set(device.id, { boot: event.id.boot, upMs: event.upMs, monotonicMs: clock.monotonicMs() })
      levels.delete(device.id)
      answer(device, driver, event, NOTED)
      settings.onArrived(device.id)
      return 'acknowledge'
    }
    const ageMs = ageOf(device.id, event)
    if (reading.kind === 'scan' && (ageMs === undefined || ageMs > settings.scanAgeMaxMs)) {
      return refuse(device, driver, event, 'stale-scan', ageMs === undefined ? 'of unknown age' : `${ageMs} ms old`)
    }
    if (reading.kind === 'command-result' && device.kind !== 'barrier') {
      // What a soundbox or a display did is counted; only an arm's word is evidence.
      answer(device, driver, event, NOTED)
      settings.onIgnored(device.id)
      return 'acknowledge'
    }
    if (reading.kind === 'emergency') settings.onEmergency(reading.active)
    const level = levelOf(reading)
    if (level !== undefined && levels.get(device.id) === level) {
      answer(device, driver, event, NOTED)
      settings.onIgnored(device.id)
      return 'acknowledge'
    }
    const isLate = ageMs === undefined || ageMs > settings.stateAgeMaxMs()
    const body = bodyOf(device, reading, isLate)
    if (typeof body === 'string') return refuse(device, driver, event, body, 'not for where this device stands')
    if (level !== undefined && !isLate) levels.set(device.id, level)

    const now = clock.now().at
    const reply = await path.submit({
      source: principalOf('device', device.id),
      id: event.id === null ? countedId() : `${event.id.boot}:${event.id.seq}`,
      bytes,
      actor: { kind: 'device', id: device.id, role: null },
      mode: settings.mode,
      occurredAt: ageMs === undefined ? { at: now, by: 'gateway' } : { at: later(now, -ageMs), by: 'device' },
      causedBy: null,
      body,
    })
    if (reply.kind === 'pushed-back') {
      levels.delete(device.id)
      return 'withhold'
    }
    answer(device, driver, event, reply.answer)
    return 'acknowledge'
  }

  /** Whole ms since it happened; 0 for devices that say only what is now; `undefined` where the boot is not the one that said hello. */
  function ageOf(device: DeviceId, event: DeviceEvent): number | undefined {
    if (event.id === null || event.upMs === null) return 0
    const session = sessions.get(device)
    if (session === undefined || session.boot !== event.id.boot) return undefined
    return Math.max(0, clock.monotonicMs() - session.monotonicMs - (event.upMs - session.upMs))
  }

  function refuse(device: Device, driver: Driver, event: DeviceEvent, refusal: Refusal, detail: string): 'acknowledge' {
    settings.onRefused(device.id, refusal, detail)
    answer(device, driver, event, refusalText(refusal))
    return 'acknowledge'
  }

  function answer(device: Device, driver: Driver, event: DeviceEvent, outcome: string): void {
    if (event.id === null) return
    const encoded = driver.encodeAnswer(
      { site: settings.site, device: device.id },
      { event: `${event.id.boot}:${event.id.seq}`, outcome },
    )
    if (encoded === undefined) return
    void transport.send(device.id, { topic: encoded.topic, payload: encoded.bytes, qos: encoded.qos })
  }

  function countedId(): string {
    counted += 1
    return `${settings.start}:${counted}`
  }
}

/** Readings that are levels: the same again is no event. */
function levelOf(reading: DeviceReading): string | undefined {
  switch (reading.kind) {
    case 'occupied':
      return `occupied:${reading.occupied}`
    case 'barrier':
      return `barrier:${reading.state}`
    case 'emergency':
      return `emergency:${reading.active}`
    case 'hello':
    case 'scan':
    case 'amount-keyed':
    case 'amount-cleared':
    case 'command-result':
      return undefined
  }
}

function bodyOf(device: Device, reading: DeviceReading, late: boolean): RequestBody | Refusal {
  const { place } = device
  switch (reading.kind) {
    case 'hello':
      // Greets the intake and goes no further.
      return 'wrong-schema'
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
      return { kind: 'barrier-state', lane: place.id, device: device.id, state: reading.state, late }
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

function laneOf(device: Device): LaneId | null {
  return device.place.kind === 'lane' ? device.place.id : null
}
