import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { deviceId, isSlug, laneId, stallId } from '../../core/ids.ts'
import { refusalTable } from '../../core/refusals.ts'
import type { Device, Place } from '../../core/site.ts'
import { deviceOf } from '../../db/facts.ts'
import { openForReading } from '../../db/open.ts'
import * as tables from '../../db/schema.ts'
import { drivers } from '../../devices/registry.ts'
import { dataFiles } from '../config.ts'
import { createSecret, hashSecret } from '../mqtt/credentials.ts'
import type { DeviceToEnrol } from '../wiring/enrolment.ts'
import { deviceOfDriver } from '../wiring/enrolment.ts'
import { openOfflineSite } from './offline-site.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

export const DEVICES_AT_ONCE_MAX = 50_000

type AddOptions = {
  readonly driver?: string
  readonly stall?: string
  readonly lane?: string
  readonly role?: string
  readonly from?: string
  readonly json?: boolean
}

/** `tolbooth device add|list|revoke`. While a gateway runs, devices are added by its API: POST /v1/devices. */
export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('enrol, list and revoke devices')
  device
    .command('add [id]')
    .description('enrol a device and show its password, once')
    .option('--driver <name>', `one of ${drivers.map((driver) => driver.name).join(', ')}`)
    .option('--stall <id>', 'the stall at which it stands')
    .option('--lane <id>', 'the lane at which it stands')
    .option('--role <role>', 'of a loop: approach or safety')
    .option('--from <file>', 'many at once: a JSON list of {id, driver, place: {kind, id}, role}')
    .option('--json', 'for programs')
    .action((id: string | undefined, options: AddOptions) => {
      const config = configOrThrow()
      const asked = options.from === undefined ? [fromOptions(id, options)] : fromFile(options.from)
      const devices = asked.map(knownDevice)
      const site = openOfflineSite(config)
      try {
        const added = devices.map((device) => {
          const outcome = site.commit({ kind: 'device-enrolled', device })
          if (!outcome.ok) throw new Error(`${device.id}: ${refusalTable[outcome.refusal].en.help}`)
          const password = createSecret()
          site.credentials.setDevice(device.id, hashSecret(password), site.clock.now())
          return { id: device.id, username: device.id, password }
        })
        if (options.json === true) say.json(added)
        else
          for (const one of added)
            say.line(`${one.id}  user ${one.username}  password ${one.password}  (shown this once)`)
      } finally {
        site.close()
      }
    })
  device
    .command('list')
    .description('every enrolled device')
    .option('--json', 'for programs')
    .action(({ json }: { readonly json?: boolean }) => {
      const open = openForReading(dataFiles(configOrThrow().dataDir).books)
      try {
        const devices = open.db.select().from(tables.device).orderBy(tables.device.id).all().map(deviceOf)
        if (json === true) say.json(devices)
        else
          for (const one of devices)
            say.line(
              `${one.id.padEnd(24)} ${one.driver.padEnd(20)} ${placeText(one.place).padEnd(24)} ${one.role ?? ''} ${one.status}`,
            )
      } finally {
        open.close()
      }
    })
  device
    .command('revoke <id>')
    .description('let a device in no more')
    .action((id: string) => {
      const site = openOfflineSite(configOrThrow())
      try {
        const outcome = site.commit({ kind: 'device-revoked', device: deviceId(slugArgument(id)) })
        if (!outcome.ok) throw new Error(`${id}: ${refusalTable[outcome.refusal].en.help}`)
        say.line(`${id} is let in no more`)
      } finally {
        site.close()
      }
    })
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

function fromFile(file: string): readonly DeviceToEnrol[] {
  const parsed = z
    .array(deviceToEnrol)
    .min(1)
    .max(DEVICES_AT_ONCE_MAX)
    .safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  throw new UsageError(
    `${file}:\n${parsed.error.issues.map((issue) => `  - ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
  )
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
  const parsed = deviceToEnrol.safeParse({ id, driver, place, role: role ?? null })
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

function slugArgument(id: string): string {
  if (!isSlug(id)) throw new UsageError(`${JSON.stringify(id)} is no device id: 1 to 63 of a-z, 0-9 and inner dashes`)
  return id
}

function placeText(place: Place): string {
  return place.kind === 'site' ? 'site' : `${place.kind} ${place.id}`
}
