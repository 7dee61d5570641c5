import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { GatewayId } from '../core/ids.ts'
import { gatewayId, isSiteId, isSlug } from '../core/ids.ts'
import { isCurrencyCode } from '../core/money.ts'
import { DAY_MS } from '../core/time.ts'

/**
 * Every setting of the service, once: its name (in the file, and in capitals with `TOLBOOTH_` before it in the environment), what it may be, what it is when nobody
 * says, and what it is for. Parsing, the variables' names and the help are made from this table.
 */
const settings = {
  dataDir: setting(text(1), './data', 'The folder of the books, the gateway’s key and what belongs to them.'),
  site: setting(site(), undefined, 'The site’s id, as in its layout: a-z, 0-9 and dashes.'),
  gateway: setting(slug(gatewayId), 'box-1', 'This box’s id at the site. One active gateway a site.'),
  mode: setting(z.enum(['live', 'training']), 'live', 'Training money never mixes with live money.'),
  zone: setting(zone(), 'Asia/Ho_Chi_Minh', 'The site’s IANA zone: its days are days there.'),
  currency: setting(
    currency(),
    'VND',
    'The site’s currency, ISO 4217: every amount is a whole number of its smallest unit.',
  ),

  layoutFile: setting(
    text(1),
    'layout.json',
    'Merchants, stalls and lanes. Taken into use where it is newer than what is in force.',
  ),
  policyFile: setting(text(1), 'policy.json', 'What the site dares to take with no network.'),
  keySetFile: setting(text(1), 'keys.json', 'The public keys of the issuers whose tokens are taken.'),
  denyListFile: setting(text(1), 'deny.json', 'Keys, tokens and payers that are blocked. It may be missing.'),

  broker: setting(
    z.enum(['embedded', 'external']),
    'embedded',
    'The broker inside the gateway, or one of your own by URL.',
  ),
  mqttHost: setting(text(1), '127.0.0.1', 'Where the embedded broker listens. 0.0.0.0 for the devices’ network.'),
  mqttPort: setting(port(), 1883, 'TCP port of the embedded broker; 0 takes a free one.'),
  mqttWebSocketPort: setting(port().nullable(), null, 'WebSocket port of the embedded broker; none unless set.'),
  mqttTlsCertFile: setting(
    text(1).nullable(),
    null,
    'PEM file: with it the embedded broker speaks TLS and nothing else.',
  ),
  mqttTlsKeyFile: setting(text(1).nullable(), null, 'PEM file of the certificate’s key.'),
  mqttUrl: setting(z.url({ protocol: /^(mqtts?|wss?)$/ }).nullable(), null, 'The external broker: mqtt://host:1883.'),
  mqttUser: setting(text(1).nullable(), null, 'The gateway’s user name at the external broker.'),
  mqttPassword: setting(text(1).nullable(), null, 'Its password. Better in the environment than in a file.'),
  mqttShards: setting(
    z.coerce.number().int().min(1).max(32),
    4,
    'Connections to the external broker; devices are spread over them.',
  ),

  httpHost: setting(text(1), '127.0.0.1', 'Where the pages and the API listen.'),
  httpPort: setting(port(), 8080, 'Their TCP port; 0 takes a free one.'),
  httpTlsCertFile: setting(text(1).nullable(), null, 'PEM file: with it the pages and the API speak HTTPS.'),
  httpTlsKeyFile: setting(text(1).nullable(), null, 'PEM file of the certificate’s key.'),
  language: setting(z.enum(['vi', 'en']), 'vi', 'For whoever states no preference.'),

  clockSource: setting(
    z.enum(['timesyncd', 'chrony', 'operator']),
    'operator',
    'Who says that the clock is right: systemd-timesyncd, chrony, or the operator’s word.',
  ),
  clockUncertaintyMs: setting(wholeMs(0, 60_000), 500, 'With the operator’s word: the largest error of the clock.'),

  seenKeepMs: setting(
    wholeMs(DAY_MS, 400 * DAY_MS),
    35 * DAY_MS,
    'How long answers are remembered. What is older is refused as too-old.',
  ),
  payerKeepMs: setting(
    wholeMs(0, 400 * DAY_MS),
    7 * DAY_MS,
    'How long after its day a payer’s pseudonym can be joined to the payer.',
  ),
  evidenceKeepMs: setting(
    wholeMs(DAY_MS, 4_000 * DAY_MS),
    90 * DAY_MS,
    'How long an accepted token is kept as evidence for its claim.',
  ),

  queueMax: setting(count(16, 100_000), 2_048, 'Requests under way; past it senders are pushed back.'),
  groupMax: setting(count(1, 1_024), 64, 'Decisions in one commit.'),
  connectionsMax: setting(count(1, 20_000), 2_000, 'Connections to the embedded broker.'),
  connectionsPerSecondMax: setting(
    count(1, 20_000),
    50,
    'New connections a second from one address to the embedded broker.',
  ),
  messagesPerSecondMax: setting(count(1, 10_000), 50, 'Messages a second of one device to the embedded broker.'),
  logLevel: setting(z.enum(['debug', 'info', 'warn', 'error']), 'info', 'How much is written to the log.'),
}

type Settings = typeof settings
type SettingName = keyof Settings

/** What the service runs with. File names are whole paths. */
export type GatewayConfig = { readonly [Name in SettingName]: z.output<Settings[Name]['schema']> }

export type ConfigResult =
  | { readonly ok: true; readonly config: GatewayConfig }
  /** Every problem at once, each naming the setting and where it came from. */
  | { readonly ok: false; readonly problems: readonly string[] }

export const CONFIG_FILE_VARIABLE = 'TOLBOOTH_CONFIG'

/**
 * Reads the settings: the environment goes before the file, the file before what stands in the table. Refuses unknown names, values that are not allowed, and
 * settings that do not fit together, all at once.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Readonly<Partial<Record<SettingName, unknown>>> = {},
): ConfigResult {
  const problems: string[] = []
  const file = environment[CONFIG_FILE_VARIABLE]
  const fromFile = file === undefined ? {} : readFile(file, problems)

  for (const name of Object.keys(fromFile)) {
    if (!Object.hasOwn(settings, name)) problems.push(`${name} (in ${file}): there is no such setting`)
  }
  for (const variable of Object.keys(environment)) {
    const isOurs = variable.startsWith('TOLBOOTH_') && variable !== CONFIG_FILE_VARIABLE
    if (isOurs && !names.some((name) => variableOf(name) === variable))
      problems.push(`${variable}: there is no such setting`)
  }

  const values = Object.fromEntries(
    names.map((name) => {
      const { schema, fallback } = settings[name]
      const variable = variableOf(name)
      const [value, where] =
        overrides[name] !== undefined
          ? [overrides[name], name]
          : environment[variable] !== undefined
            ? [environment[variable], variable]
            : Object.hasOwn(fromFile, name)
              ? [fromFile[name], `${name} (in ${file})`]
              : [fallback, name]
      if (value === undefined) {
        problems.push(`${variable}: must be set. ${settings[name].help}`)
        return [name, undefined]
      }
      const parsed = schema.safeParse(value)
      if (!parsed.success) problems.push(`${where}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
      return [name, parsed.data]
    }),
  ) as GatewayConfig

  if (problems.length === 0) problems.push(...contradictions(values))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: withWholePaths(values) }
}

/** One line a setting: variable, default, what it is for. */
export function configHelp(): string {
  const width = Math.max(...names.map((name) => variableOf(name).length))
  return names
    .map((name) => {
      const { fallback, help } = settings[name]
      const stated = fallback === undefined ? 'must be set' : fallback === null ? 'none' : String(fallback)
      return `${variableOf(name).padEnd(width)}  ${help} [${stated}]`
    })
    .join('\n')
}

/** `mqttPort` is `TOLBOOTH_MQTT_PORT` in the environment. */
export function variableOf(name: string): string {
  return `TOLBOOTH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** Where a thing stands in the data folder. */
export function dataFiles(dataDir: string): {
  readonly books: string
  readonly key: string
  readonly oldKeys: string
  readonly sessionKey: string
} {
  return {
    books: join(dataDir, 'books.db'),
    key: join(dataDir, 'gateway-key.pem'),
    oldKeys: join(dataDir, 'gateway-keys.json'),
    sessionKey: join(dataDir, 'session.key'),
  }
}

const names = Object.keys(settings) as SettingName[]

function readFile(file: string, problems: string[]): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    problems.push(`${file}: must be a JSON object`)
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return {}
}

function contradictions(config: GatewayConfig): readonly string[] {
  const problems: string[] = []
  if (config.broker === 'external' && config.mqttUrl === null)
    problems.push('TOLBOOTH_MQTT_URL: must be set for an external broker')
  if ((config.mqttTlsCertFile === null) !== (config.mqttTlsKeyFile === null)) {
    problems.push('TOLBOOTH_MQTT_TLS_CERT_FILE and TOLBOOTH_MQTT_TLS_KEY_FILE: set both or neither')
  }
  if ((config.httpTlsCertFile === null) !== (config.httpTlsKeyFile === null)) {
    problems.push('TOLBOOTH_HTTP_TLS_CERT_FILE and TOLBOOTH_HTTP_TLS_KEY_FILE: set both or neither')
  }
  return problems
}

function withWholePaths(config: GatewayConfig): GatewayConfig {
  const inData = (file: string): string => resolve(config.dataDir, file)
  return {
    ...config,
    dataDir: resolve(config.dataDir),
    layoutFile: inData(config.layoutFile),
    policyFile: inData(config.policyFile),
    keySetFile: inData(config.keySetFile),
    denyListFile: inData(config.denyListFile),
    mqttTlsCertFile: config.mqttTlsCertFile === null ? null : inData(config.mqttTlsCertFile),
    mqttTlsKeyFile: config.mqttTlsKeyFile === null ? null : inData(config.mqttTlsKeyFile),
    httpTlsCertFile: config.httpTlsCertFile === null ? null : inData(config.httpTlsCertFile),
    httpTlsKeyFile: config.httpTlsKeyFile === null ? null : inData(config.httpTlsKeyFile),
  }
}

function setting<Schema extends z.ZodType>(
  schema: Schema,
  fallback: z.input<Schema> | undefined,
  help: string,
): { readonly schema: Schema; readonly fallback: unknown; readonly help: string } {
  return { schema, fallback, help }
}

function text(charactersMin: number) {
  return z.string().trim().min(charactersMin, 'must not be empty').max(4_096)
}

function currency() {
  return z.string().refine(isCurrencyCode, 'must be an ISO 4217 code such as VND')
}

function site() {
  return z.string().refine(isSiteId, 'must be 1 to 63 of a-z, 0-9 and inner dashes, and not "any"')
}

function slug<Id extends GatewayId>(make: (name: string) => Id) {
  return z.string().refine(isSlug, 'must be 1 to 63 of a-z, 0-9 and inner dashes').transform(make)
}

function port() {
  return z.coerce.number('must be a port').int('must be a port').min(0, 'must be a port').max(65_535, 'must be a port')
}

function count(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}

function wholeMs(min: number, max: number) {
  const message = `must be whole milliseconds from ${min} to ${max}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}

function zone() {
  return z.string().refine((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
    } catch {
      return false
    }
  }, 'must be an IANA zone such as Asia/Ho_Chi_Minh')
}
