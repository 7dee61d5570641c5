import type { Command } from 'commander'
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { DeviceId } from '../../core/ids.ts'
import { deviceId, isSlug, laneId, stallId } from '../../core/ids.ts'
import type { Refusal } from '../../core/refusals.ts'
import { refusalTable } from '../../core/refusals.ts'
import { isPlaceTaken } from '../../core/setup.ts'
import type { Device, Place } from '../../core/site.ts'
import { openForReading } from '../../db/open.ts'
import { createReports } from '../../db/reports.ts'
import { driverNamed, drivers } from '../../devices/registry.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { readTextFile } from '../bounded-file.ts'
import { BUNDLE_BYTES_MAX } from '../bundles/bundles.ts'
import type { GatewayConfig } from '../config.ts'
import { dataFiles } from '../config.ts'
import { armlessLane, unknownPlace } from '../device-place.ts'
import type { DeviceCredential, DeviceToEnrol } from '../http/ports.ts'
import { createSecret, hashSecret } from '../mqtt/credentials.ts'
import { layoutInFile, layoutOf } from '../wiring/bundle-files.ts'
import { deviceOfDriver } from '../wiring/enrolment.ts'
import type { OfflineSite } from './offline-site.ts'
import type { AccessOptions, GatewayAccess } from './running-gateway.ts'
import { accessOf, ask, atOfflineSite, withAccess } from './running-gateway.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

export const DEVICES_AT_ONCE_MAX = 50_000
/** As a shell reports a command that Ctrl-C ended. */
const STATUS_INTERRUPTED = 130

type AddOptions = AccessOptions & {
  readonly driver?: string
  readonly stall?: string
  readonly lane?: string
  readonly role?: string
  readonly from?: string
  readonly json?: boolean
}

type Json = { readonly json?: boolean }

/** A device with what it proves itself by, shown once. */
type Added = { readonly id: string; readonly username: string; readonly password: string }

/** `tolbooth device add|list|password|revoke`. While a gateway runs it is asked by its API: `--url` and `--token`. */
export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('enrol, list and revoke devices')
  withAccess(
    device
      .command('add [id]')
      .description('enrol a device and show its password, once')
      .option('--driver <name>', `one of ${drivers.map((driver) => driver.name).join(', ')}`)
      .option('--stall <id>', 'the stall at which it stands')
      .option('--lane <id>', 'the lane at which it stands')
      .option('--role <role>', 'of a loop: approach or safety')
      .option('--from <file>', 'many at once: a JSON list of {id, driver, place: {kind, id}, role}')
      .option('--json', 'for programs'),
  ).action(async (id: string | undefined, options: AddOptions) => {
    const asked = options.from === undefined ? [fromOptions(id, options)] : fromFile(options.from)
    const devices = asked.map(knownDevice)
    const access = accessOf(options)
    const added: Added[] = []
    // Ctrl-C ends nothing before the passwords of those that are enrolled have been shown: nobody can show them again.
    let isInterrupted = false
    const interrupt = (): void => {
      isInterrupted = true
      process.exitCode = STATUS_INTERRUPTED
    }
    process.on('SIGINT', interrupt)
    try {
      if (access === undefined) atOfflineSite((site, config) => enrolAll(site, config, devices, added))
      else {
        for (const each of asked) {
          if (isInterrupted) break
          added.push(await enrolAt(access, each))
        }
      }
    } finally {
      // A signal that came while all were enrolled at one go is only told now.
      await new Promise((resolve) => setImmediate(resolve))
      process.off('SIGINT', interrupt)
      // What was enrolled before something went wrong has a password that nobody will be shown again.
      if (options.json === true) say.json(added)
      else
        for (const one of added)
          say.line(`${one.id}  user ${one.username}  password ${one.password}  (shown this once)`)
    }
  })
  withAccess(device.command('list').description('every enrolled device').option('--json', 'for programs')).action(
    async (options: AccessOptions & Json) => {
      const access = accessOf(options)
      const devices =
        access === undefined ? devicesInBooks() : deviceList.parse(await ask(access, 'GET', '/v1/devices')).devices
      if (options.json === true) say.json(devices)
      else for (const one of devices) say.line(lineOf(one))
    },
  )
  withAccess(
    device
      .command('password <id>')
      .description('give an enrolled device a new password, and show it, once; the old one lets nobody in any more')
      .option('--json', 'for programs'),
  ).action(async (given: string, options: AccessOptions & Json) => {
    const id = deviceId(slugArgument(given))
    const access = accessOf(options)
    const { username, password } =
      access === undefined
        ? passwordInBooks(id)
        : passwordAnswer.parse(await ask(access, 'POST', `/v1/devices/${id}/password`)).credential
    if (options.json === true) say.json({ id, username, password })
    else say.line(`${id}  user ${username}  password ${password}  (shown this once)`)
  })
  withAccess(device.command('revoke <id>').description('cut a device off, and let it in no more')).action(
    async (given: string, options: AccessOptions) => {
      const id = deviceId(slugArgument(given))
      const access = accessOf(options)
      if (access !== undefined) {
        await ask(access, 'POST', `/v1/devices/${id}/revoke`)
        say.line(`${id} is let in no more`)
        return
      }
      const keepsFailSafe = revokeInBooks(id)
      say.line(`${id} is let in no more`)
      // A gateway that runs tells it to stay closed before it cuts its line.
      if (keepsFailSafe) {
        say.line(
          `${id} could not be told so: where its lane was set to open without a gateway, its arm still goes up by itself. Switch it off, or clear its settings at the barrier.`,
        )
      }
    },
  )
}

function wordsOf(refusal: Refusal): string {
  const { short, help } = refusalTable[refusal].en
  return `${short}. ${help}`
}

/** The password is there before the device may use it: so a fall in between leaves nobody enrolled whom nobody can let in. */
function enrolAll(site: OfflineSite, config: GatewayConfig, devices: readonly Device[], added: Added[]): void {
  // The file's is in force at the next start, which is what a person who sets a site up has in mind.
  const layouts = [layoutOf(site.books), layoutInFile(config)].filter((layout) => layout !== null)
  for (const device of devices) {
    const unfit = unknownPlace(device.place, layouts) ?? armlessLane(device, layouts)
    if (unfit !== undefined) throw new UsageError(`${device.id}: ${unfit.says}. Nothing was enrolled.`)
  }
  const enrolled = new Set(site.books.devices().flatMap((each) => (each.status === 'active' ? [each.id] : [])))
  const twice = devices.find((each) => enrolled.has(each.id))
  if (twice !== undefined) throw new Error(`${twice.id}: ${wordsOf('device-exists')} Nothing was enrolled.`)
  const all = [...site.books.devices().filter(({ status }) => status === 'active'), ...devices]
  const crowded = devices.find((each) =>
    isPlaceTaken(
      each,
      all.filter(({ place }) => canonicalJson(place) === canonicalJson(each.place)),
    ),
  )
  if (crowded !== undefined) throw new Error(`${crowded.id}: ${wordsOf('device-place-taken')} Nothing was enrolled.`)
  for (const device of devices) {
    const password = createSecret()
    site.credentials.setDevice(device.id, hashSecret(password), site.clock.now())
    const outcome = site.commit({ kind: 'device-enrolled', device })
    if (!outcome.ok) throw new Error(`${device.id}: ${wordsOf(outcome.refusal)}`)
    added.push({ id: device.id, username: device.id, password })
  }
}

/** Says whether it is a barrier that keeps what it is to do without a gateway. */
function revokeInBooks(id: DeviceId): boolean {
  return atOfflineSite((site) => {
    const driver = site.books.devices().find((each) => each.id === id)?.driver
    const outcome = site.commit({ kind: 'device-revoked', device: id })
    if (!outcome.ok) throw new Error(`${id}: ${wordsOf(outcome.refusal)}`)
    return driver !== undefined && driverNamed(driver)?.encodeFailSafe !== undefined
  })
}

function passwordInBooks(id: DeviceId): DeviceCredential {
  const password = createSecret()
  return atOfflineSite((site) => {
    const outcome = site.commit({ kind: 'access-changed', what: { kind: 'device-password', device: id } })
    if (!outcome.ok) throw new Error(`${id}: no such device is enrolled`)
    site.credentials.setDevice(id, hashSecret(password), site.clock.now())
    return { username: id, password }
  })
}

async function enrolAt(access: GatewayAccess, { id, driver, place, role }: DeviceToEnrol): Promise<Added> {
  const { credential } = passwordAnswer.parse(await ask(access, 'POST', '/v1/devices', { id, driver, place, role }))
  return { id, ...credential }
}

const passwordAnswer = z.looseObject({ credential: z.object({ username: z.string(), password: z.string() }) })

const listedDevice = z.looseObject({
  id: z.string(),
  driver: z.string(),
  place: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stall'), id: z.string() }),
    z.object({ kind: z.literal('lane'), id: z.string() }),
    z.object({ kind: z.literal('site') }),
  ]),
  role: z.string().nullable(),
  status: z.string(),
  present: z.boolean().optional(),
})
const deviceList = z.looseObject({ devices: z.array(listedDevice) })

function devicesInBooks(): readonly z.infer<typeof listedDevice>[] {
  const { dataDir, site, gateway } = configOrThrow()
  const open = openForReading(dataFiles(dataDir).books)
  try {
    return createReports(open.db, { site, gateway }).devices()
  } finally {
    open.close()
  }
}

/** All are looked at before the first is enrolled. */
function knownDevice(asked: DeviceToEnrol): Device {
  const device = deviceOfDriver(asked)
  if (device !== undefined) return device
  throw new UsageError(
    `${asked.id}: there is no driver ${asked.driver}, or the role does not fit it (a loop has one, nothing else has)`,
  )
}

const slug = z.string().refine(isSlug, 'must be 1 to 63 of a-z, 0-9 and inner dashes')

const deviceToEnrol: z.ZodType<DeviceToEnrol> = z.strictObject({
  id: slug.transform(deviceId),
  driver: z.string(),
  place: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('stall'), id: slug.transform(stallId) }),
    z.strictObject({ kind: z.literal('lane'), id: slug.transform(laneId) }),
    z.strictObject({ kind: z.literal('site') }),
  ]),
  role: z.enum(['approach', 'safety']).nullable().default(null),
})

const devicesFile = z
  .array(deviceToEnrol)
  .min(1)
  .max(DEVICES_AT_ONCE_MAX)
  .superRefine((devices, context) => {
    const seen = new Set<string>()
    for (const [index, { id }] of devices.entries()) {
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: `${id} stands there twice` })
      seen.add(id)
    }
  })

function fromFile(file: string): readonly DeviceToEnrol[] {
  const parsed = safeParse(devicesFile, jsonIn(file))
  if (parsed.success) return parsed.data
  throw new UsageError(
    `${file}:\n${parsed.error.issues.map((issue) => `  - ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
  )
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readTextFile(file, BUNDLE_BYTES_MAX)) as unknown
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function fromOptions(id: string | undefined, { driver, stall, lane, role }: AddOptions): DeviceToEnrol {
  if (id === undefined || driver === undefined)
    throw new UsageError('device add needs an id and --driver, or --from <file>')
  if (stall !== undefined && lane !== undefined)
    throw new UsageError('a device stands at a stall or at a lane, not at both')
  const place =
    stall !== undefined
      ? { kind: 'stall', id: stall }
      : lane !== undefined
        ? { kind: 'lane', id: lane }
        : { kind: 'site' }
  const parsed = safeParse(deviceToEnrol, { id, driver, place, role: role ?? null })
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

function slugArgument(id: string): string {
  if (!isSlug(id)) throw new UsageError(`${JSON.stringify(id)} is no device id: 1 to 63 of a-z, 0-9 and inner dashes`)
  return id
}

function lineOf({ id, driver, place, role, status, present }: z.infer<typeof listedDevice>): string {
  const there = present === undefined ? '' : present ? ' connected' : ' away'
  return `${id.padEnd(24)} ${driver.padEnd(20)} ${placeText(place).padEnd(24)} ${(role ?? '').padEnd(8)} ${status}${there}`
}

function placeText(place: Place | { readonly kind: string; readonly id?: string }): string {
  return place.kind === 'site' ? 'site' : `${place.kind} ${'id' in place ? place.id : ''}`
}
