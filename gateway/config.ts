import { join, resolve } from 'node:path'
import json5 from 'json5'
import { z } from 'zod'
import type { GatewayId } from '../core/ids.ts'
import { gatewayId, isSiteId, isSlug } from '../core/ids.ts'
import { isCurrencyCode } from '../core/money.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts'
import { safeParse } from '../devices/safe-parse.ts'
import { FAIL_SAFE_AFTER_MAX_MS } from '../devices/wire.ts'
import { readTextFile } from './bounded-file.ts'
import { DEFAULT_ABSENCE_MS } from './clock/system-clock.ts'
import { TRUSTED_PROXIES_MAX, trustedProxies } from './trusted-proxies.ts'

/**
 * A clock that is ahead by no more than the longest likely absence is believed at a start. What it lets be forgotten must have ended by the true time too, or a token that was spent would be taken again once
 * the clock is right.
 */
export const SPENT_KEEP_MIN_MS = DEFAULT_ABSENCE_MS + DAY_MS

/** Longer ones make a ticket's code too dense for a cheap reader. */
export const PUBLIC_URL_CHARACTERS_MAX = 80

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
  tariffsFile: setting(
    text(1),
    'tariffs.json',
    'The list of the car park’s tariff files, which lie beside it. Without a car park it is missing.',
  ),

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
  mqttShards: setting(count(1, 32), 4, 'Connections to the external broker; devices are spread over them.'),

  httpHost: setting(text(1), '127.0.0.1', 'Where the pages and the API listen.'),
  httpPort: setting(port(), 8080, 'Their TCP port; 0 takes a free one.'),
  httpTlsCertFile: setting(text(1).nullable(), null, 'PEM file: with it the pages and the API speak HTTPS.'),
  httpTlsKeyFile: setting(text(1).nullable(), null, 'PEM file of the certificate’s key.'),
  httpTrustedProxies: setting(
    proxies(),
    '',
    'Addresses and networks (10.0.0.5, 10.1.0.0/16) of the proxies in front, with commas between. Theirs is the only X-Forwarded-For that is believed.',
  ),
  publicUrl: setting(
    publicUrl().nullable(),
    null,
    'The address at which drivers’ phones reach the pages, such as https://baixe.example: a ticket’s QR code is then a link to its page.',
  ),
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
  spentKeepMs: setting(
    wholeMs(SPENT_KEEP_MIN_MS, 400 * DAY_MS),
    60 * DAY_MS,
    'How long past its own end a spent token is remembered: longer than a clock can be ahead that is believed at a start.',
  ),
  bundleKeepMs: setting(
    wholeMs(DAY_MS, 4_000 * DAY_MS),
    90 * DAY_MS,
    'How long replaced layouts, policies, key sets and deny lists are kept.',
  ),
  payerKeepMs: setting(
    wholeMs(0, 400 * DAY_MS),
    7 * DAY_MS,
    'How long after its day a payer’s pseudonym can be joined to the payer.',
  ),
  evidenceKeepMs: setting(
    wholeMs(DAY_MS, 4_000 * DAY_MS),
    90 * DAY_MS,
    'How long evidence is kept: an accepted token for its claim, and what staff type to say why they did something.',
  ),

  failSafeAfterMs: setting(
    wholeMs(3 * SECOND_MS, FAIL_SAFE_AFTER_MAX_MS),
    30 * SECOND_MS,
    'A lane with failSafe open opens by itself when its barrier has heard for so long of no gateway that can serve.',
  ),

  cameraSilentMs: setting(
    wholeMs(SECOND_MS, DAY_MS),
    2 * MINUTE_MS,
    'A camera that posts by HTTP and has said nothing for so long, not even that it is there, is away.',
  ),
  picturesMax: setting(
    count(0, 100_000),
    5_000,
    'Pictures of cameras that are kept; the oldest goes first. 0 keeps none.',
  ),
  picturesMegabytesMax: setting(count(1, 1_000_000), 1_024, 'How much of the disk they may take, in MiB.'),

  queueMax: setting(count(16, 100_000), 2_048, 'Requests under way; past it senders are pushed back.'),
  groupMax: setting(count(1, 1_024), 64, 'Decisions in one commit.'),
  connectionsMax: setting(count(1, 20_000), 2_000, 'Devices at the embedded broker at a time.'),
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

/** A settings file is a page of text. */
const SETTINGS_BYTES_MAX = 1024 * 1024

/** Names a file of settings: JSON, or JSON5, in which one may say why. */
export const CONFIG_FILE_VARIABLE = 'TOLBOOTH_CONFIG'
/** For commands that speak to a gateway which runs; the service itself looks at neither. */
export const CLIENT_VARIABLES = { url: 'TOLBOOTH_URL', token: 'TOLBOOTH_TOKEN' } as const

/**
 * Reads the settings: the environment goes before the file, the file before what stands in the table. Refuses unknown names, values that are not allowed, and
 * settings that do not fit together, all at once. No message holds a value that was given: one of them is a password.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Readonly<Partial<Record<SettingName, unknown>>> = {},
): ConfigResult {
  const problems: string[] = []
  const file = environment[CONFIG_FILE_VARIABLE]
  const fromFile = file === undefined ? {} : readFile(file, problems)

  for (const name of Object.keys(fromFile)) {
    if (!Object.hasOwn(settings, name))
      problems.push(`${name} (in ${file}): there is no such setting${spelledInFile(name) ?? meant(name, names)}`)
  }
  for (const variable of Object.keys(environment)) {
    const isOurs = variable.startsWith('TOLBOOTH_') && !OTHER_VARIABLES.includes(variable)
    if (isOurs && !variables.includes(variable))
      problems.push(`${variable}: there is no such setting${meant(variable, variables)}`)
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
      const parsed = safeParse(schema, value)
      if (!parsed.success) problems.push(`${where}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
      return [name, parsed.data]
    }),
  ) as GatewayConfig

  problems.push(...contradictions(values))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: withWholePaths(values) }
}

/** One line a setting: variable, what it is for, what it may be, and what it is when nobody says. */
export function configHelp(): string {
  const width = Math.max(...variables.map((variable) => variable.length))
  return names
    .map((name) => {
      const { schema, fallback, help } = settings[name]
      const choices = schema instanceof z.ZodEnum ? `${schema.options.join(' | ')}; ` : ''
      return `${variableOf(name).padEnd(width)}  ${help} [${choices}${fallbackText(name, fallback)}]`
    })
    .join('\n')
}

function fallbackText(name: string, fallback: unknown): string {
  if (fallback === undefined) return 'must be set'
  if (fallback === null || fallback === '') return 'none'
  return name.endsWith('Ms') && typeof fallback === 'number'
    ? `${fallback}: ${durationText(fallback)}`
    : String(fallback)
}

function durationText(ms: number): string {
  const [unit, of] = (
    [
      ['days', DAY_MS],
      ['hours', HOUR_MS],
      ['minutes', MINUTE_MS],
      ['seconds', SECOND_MS],
    ] as const
  ).find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1]
  return `${ms / of} ${unit}`
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
  readonly passKey: string
  readonly oldPassKeys: string
  readonly sessionKey: string
  readonly pictures: string
} {
  return {
    books: join(dataDir, 'books.db'),
    key: join(dataDir, 'gateway-key.pem'),
    oldKeys: join(dataDir, 'gateway-keys.json'),
    passKey: join(dataDir, 'pass-key.pem'),
    oldPassKeys: join(dataDir, 'pass-keys.json'),
    sessionKey: join(dataDir, 'session.key'),
    pictures: join(dataDir, 'pictures'),
  }
}

const names = Object.keys(settings) as SettingName[]
const variables = names.map(variableOf)
const OTHER_VARIABLES: readonly string[] = [CONFIG_FILE_VARIABLE, ...Object.values(CLIENT_VARIABLES)]

/** The name in a file of a setting that was written as in the environment. */
function spelledInFile(given: string): string | undefined {
  const name = names.find((each) => variableOf(each) === given.toUpperCase())
  return name === undefined ? undefined : `: in a file it is ${name}`
}

/** Of the names that there are, one that is so near that it was surely meant. */
function meant(given: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, distance: editsBetween(given.toUpperCase(), name.toUpperCase()) }))
    .toSorted((left, right) => left.distance - right.distance)[0]
  return nearest !== undefined && nearest.distance <= EDITS_MEANT_MAX ? `; ${nearest.name}?` : ''
}

const EDITS_MEANT_MAX = 3

/** How many letters must be put in, taken out or changed to make one name of the other. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let taken = 1; taken <= from.length; taken += 1) {
    const next = [taken]
    for (let made = 1; made <= to.length; made += 1) {
      const change = (row[made - 1] ?? 0) + (from[taken - 1] === to[made - 1] ? 0 : 1)
      next.push(Math.min(change, (row[made] ?? 0) + 1, (next[made - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

function readFile(file: string, problems: string[]): Record<string, unknown> {
  try {
    const value: unknown = json5.parse(readTextFile(file, SETTINGS_BYTES_MAX))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    problems.push(`${file}: must be a JSON object`)
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return {}
}

/** What does not fit together, among the settings that are right by themselves. */
function contradictions(config: Partial<GatewayConfig>): readonly string[] {
  const problems: string[] = []
  const { broker, httpPort, httpTlsCertFile, httpTlsKeyFile, mqttPort, mqttTlsCertFile, mqttTlsKeyFile, mqttUrl } =
    config
  if (broker === 'external' && mqttUrl === null) problems.push('TOLBOOTH_MQTT_URL: must be set for an external broker')
  if (isHalf(mqttTlsCertFile, mqttTlsKeyFile)) {
    problems.push('TOLBOOTH_MQTT_TLS_CERT_FILE and TOLBOOTH_MQTT_TLS_KEY_FILE: set both or neither')
  }
  if (isHalf(httpTlsCertFile, httpTlsKeyFile)) {
    problems.push('TOLBOOTH_HTTP_TLS_CERT_FILE and TOLBOOTH_HTTP_TLS_KEY_FILE: set both or neither')
  }
  const ports = [httpPort, ...(broker === 'embedded' ? [mqttPort, config.mqttWebSocketPort] : [])]
  const taken = ports.filter((each) => each !== undefined && each !== null && each !== 0)
  if (new Set(taken).size < taken.length) {
    problems.push(
      'TOLBOOTH_HTTP_PORT, TOLBOOTH_MQTT_PORT and TOLBOOTH_MQTT_WEB_SOCKET_PORT: each needs a port of its own',
    )
  }
  return problems
}

/** One of a pair is set and the other is not. */
function isHalf(left: string | null | undefined, right: string | null | undefined): boolean {
  return left !== undefined && right !== undefined && (left === null) !== (right === null)
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
    tariffsFile: inData(config.tariffsFile),
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
  return whole(0, 65_535, 'must be a port: a whole number from 0 to 65535')
}

function proxies() {
  return z
    .string()
    .max(4_096)
    .transform((given) => given.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()])))
    .transform((named, context) => {
      const trusted = trustedProxies(named)
      if (trusted !== undefined) return trusted
      context.addIssue(`must be at most ${TRUSTED_PROXIES_MAX} addresses or networks with commas between`)
      return z.NEVER
    })
}

/** Scheme, host and port alone: the pages stand at the root. Without TLS only within the site's own network, for whoever is in between could put a page of their own there. */
function publicUrl() {
  const problem = `must be https://host, or http://host for an address of the site’s own network, without a path, at most ${PUBLIC_URL_CHARACTERS_MAX} characters`
  return z
    .string(problem)
    .max(PUBLIC_URL_CHARACTERS_MAX, problem)
    .transform((given, context) => {
      const url = URL.canParse(given) ? new URL(given) : undefined
      const isPlain = url !== undefined && /^https?:\/\/[^/?#@\s\\]+\/?$/i.test(given)
      if (isPlain && (url.protocol === 'https:' || isOwnNetwork(url.hostname))) return url.origin
      context.addIssue({ code: 'custom', message: problem })
      return z.NEVER
    })
}

/** Addresses and names that no other network can have: RFC 1918, 3927, 4193 and 6762, `.lan` and `.internal` by custom, and names of one word. */
function isOwnNetwork(host: string): boolean {
  return (
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|127\.)\d+\.\d+(\.\d+)?$/.test(host) ||
    /^\[(f[cd]|fe[89ab])[0-9a-f:]+\]$/.test(host) ||
    /^[a-z0-9-]*[a-z][a-z0-9-]*(\.(local|lan|internal))?$/.test(host)
  )
}

function count(min: number, max: number) {
  return whole(min, max, `must be a whole number from ${min} to ${max}`)
}

function wholeMs(min: number, max: number) {
  return whole(min, max, `must be whole milliseconds from ${min} to ${max}`)
}

/** A number, or the digits of one, as variables have them. What is empty is not 0. */
function whole(min: number, max: number, message: string) {
  return z
    .unknown()
    .transform((given) => (typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given))
    .pipe(z.number(message).int(message).min(min, message).max(max, message))
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
