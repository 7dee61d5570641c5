import { styleText } from 'node:util'
import { VND } from '../../core/money.ts'
import { moneyText } from '../../core/money-text.ts'
import type { SeenCount, SeenLane } from '../gateway-process/car-park-reads.ts'
import type { Figures } from './figures.ts'

/** What the view shows besides the figures. */
export type Scene = {
  readonly figures: Figures
  readonly elapsedMs: number
  /** Scans a second over the last moments. */
  readonly scansPerSecond: number
  readonly devices: number
  readonly gateway: 'up' | 'down'
  readonly starts: number
  /** In đồng; `undefined` where the gateway does not say. */
  readonly exposureVnd: number | undefined
  readonly page: string | null
  readonly title: string
  readonly carPark: CarParkScene
}

/** Of vehicles what their drivers know, and of places and lanes what the gateway says. */
export type CarParkScene = {
  readonly cameIn: number
  readonly left: number
  /** Stand inside, or at a lane on their way. */
  readonly inside: number
  readonly atLanes: number
  /** Open by the books. */
  readonly openStays: number
  readonly counts: readonly SeenCount[]
  readonly lanes: readonly SeenLane[]
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

const REFUSALS_SHOWN = 6

/** The whole view, line by line. `colours` off gives plain text. */
export function viewLines(scene: Scene, colours: boolean): readonly string[] {
  const { figures } = scene
  const paint: Paint = (format, text) => (colours ? styleText(format, text, { validateStream: false }) : text)
  const label = (name: string): string => paint('dim', name.padEnd(10))
  const gateway =
    scene.gateway === 'up'
      ? paint('green', 'up')
      : paint(['red', 'bold'], 'down: devices keep what they have to say, and send it again')
  const lines = [
    `${paint('bold', scene.title)}  ${clockText(scene.elapsedMs)}`,
    `${label('gateway')}${gateway}, started ${scene.starts} time(s); ${scene.figures.devicesConnected} of ${scene.devices} devices connected`,
    `${label('scans')}${figures.scans} (${scene.scansPerSecond.toFixed(1)}/s), ${figures.waiting} waiting for an answer`,
    `${label('accepted')}${paint('green', String(figures.accepted))}, ${money(figures.acceptedAmount)}; shown again ${figures.again}, told what to pay ${figures.asked}`,
    `${label('refused')}${paint('yellow', String(totalOf(figures.refused)))} ${refusalsText(figures.refused)}`,
    `${label('answer in')}${latencyText(figures)}`,
    `${label('at risk')}${scene.exposureVnd === undefined ? 'not known' : money(scene.exposureVnd)} taken and not yet settled with the wallets`,
    `${label('car park')}${carParkText(scene.carPark)}`,
    `${label('spaces')}${spacesText(scene.carPark.counts)}`,
    `${label('lanes')}${lanesText(scene.carPark.lanes, paint)}`,
    ...figures.spoken.map((line, index) => `${label(index === 0 ? 'spoken' : '')}${paint('cyan', line)}`),
    ...figures.faults.map((line, index) => `${label(index === 0 ? 'faults' : '')}${paint('red', line)}`),
    `${label('live page')}${scene.page ?? 'none'}`,
    paint('dim', 'Ctrl-C ends with a summary.'),
  ]
  return lines
}

/** The same on one line, for where no screen can be drawn. */
export function viewLine(scene: Scene): string {
  const { figures } = scene
  return [
    clockText(scene.elapsedMs),
    `gateway ${scene.gateway} (start ${scene.starts})`,
    `devices ${figures.devicesConnected}/${scene.devices}`,
    `scans ${figures.scans} (${scene.scansPerSecond.toFixed(1)}/s)`,
    `accepted ${figures.accepted} ${money(figures.acceptedAmount)}`,
    `refused ${totalOf(figures.refused)} ${refusalsText(figures.refused)}`,
    latencyText(figures),
    `at risk ${scene.exposureVnd === undefined ? 'not known' : money(scene.exposureVnd)}`,
    `car park ${carParkText(scene.carPark)}`,
  ]
    .map((part) => part.trim())
    .join(' | ')
}

function carParkText({ cameIn, left, inside, atLanes, openStays }: CarParkScene): string {
  return `${cameIn} came in, ${left} left, ${inside} inside; ${atLanes} at a lane; ${openStays} stays open`
}

/** Places with something in them, and the whole lot: `Bãi: car 3/24, van 0/3`. */
function spacesText(counts: readonly SeenCount[]): string {
  const byPlace = Map.groupBy(counts, ({ name }) => name)
  const texts = [...byPlace].map(
    ([name, of]) =>
      `${name}: ${of.map(({ vehicleClass, count, spaces }) => `${vehicleClass} ${count}/${spaces}`).join(', ')}`,
  )
  return texts.join(' · ') || 'not known'
}

/** Where something goes on, or is wrong; the others are counted. */
function lanesText(lanes: readonly SeenLane[], paint: Paint): string {
  const busy = lanes.filter(({ phase, alarm }) => phase !== 'idle' || alarm !== null)
  const idle = lanes.length - busy.length
  const texts = busy.map((lane) => laneText(lane, paint))
  if (idle > 0) texts.push(paint('dim', `${idle} idle`))
  return texts.join(' · ') || 'not known'
}

function laneText({ name, phase, alarm, asked }: SeenLane, paint: Paint): string {
  const what = asked === null || phase === 'idle' ? phase : `${phase} ${money(asked)}`
  return alarm === null ? `${name}: ${what}` : paint('red', `${name}: ${what}, ${alarm}`)
}

/** `token-spent 12, no-open-charge 4, …`, the most frequent first. */
function refusalsText(refused: Figures['refused']): string {
  const sorted = Object.entries(refused).sort(([, left], [, right]) => right - left)
  const shown = sorted.slice(0, REFUSALS_SHOWN).map(([refusal, count]) => `${refusal} ${count}`)
  const more = sorted.length - shown.length
  return shown.length === 0 ? '' : `(${shown.join(', ')}${more > 0 ? `, ${more} other reasons` : ''})`
}

function latencyText({ p50Ms, p99Ms }: Figures): string {
  return p50Ms === null || p99Ms === null ? 'no answer yet' : `p50 ${p50Ms} ms, p99 ${p99Ms} ms`
}

function totalOf(refused: Figures['refused']): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0)
}

function money(amount: number): string {
  return moneyText({ amount, currency: VND }, 'vi')
}

function clockText(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1_000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}
