import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { text as streamText } from 'node:stream/consumers'
import type { Command } from 'commander'
import { isSlug, laneId, stallId } from '../../core/ids.ts'
import { isAmount, money } from '../../core/money.ts'
import { refusalTable } from '../../core/refusals.ts'
import type { Place } from '../../core/site.ts'
import { instant, later, MINUTE_MS } from '../../core/time.ts'
import { audiencesOf } from '../../core/tokens.ts'
import { readTextFile } from '../bounded-file.ts'
import { BUNDLE_BYTES_MAX } from '../bundles/bundles.ts'
import { createSystemClock, DEFAULT_ABSENCE_MS, DEFAULT_STEP_MS, trustedByConfig } from '../clock/system-clock.ts'
import type { GatewayConfig } from '../config.ts'
import { createDenyList } from '../tokens/deny-list.ts'
import type { Inspection, IssueRequest, IssuerKeyPair } from '../tokens/development-issuer.ts'
import { createIssuerKey, inspectToken, issueToken, newTokenId, readIssuerKey } from '../tokens/development-issuer.ts'
import { createKeyRing } from '../tokens/key-ring.ts'
import { readShownText } from '../tokens/shown-text.ts'
import { loadOwnKeys } from '../wiring/own-keys.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

type PlaceOptions = { readonly stall?: string; readonly lane?: string }

type IssueOptions = PlaceOptions & {
  readonly key: string
  readonly iss: string
  readonly kind: string
  readonly sub: string
  readonly aud?: string
  readonly amount?: string
  readonly minutes: string
  readonly reason: string
}

/** `tolbooth token issue|inspect|verify`: a development issuer, and a look into a token without trusting it. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('issue tokens for development, and look into tokens')
  token
    .command('issue')
    .description(
      'sign a token with an issuer’s key (tolbooth keys issuer); it is worth what the key set says of that key',
    )
    .requiredOption('--key <file>', 'the issuer’s private key')
    .requiredOption('--iss <issuer>', 'the issuer’s name in the key set')
    .option('--kind <kind>', 'pay, holder, pass or override', 'pay')
    .option('--sub <payer>', 'the payer', 'payer-1')
    .option('--aud <urn>', 'whom it is for; the stall or lane named, or the site, where it is left out')
    .option('--stall <id>', 'for this stall')
    .option('--lane <id>', 'for this lane')
    .option('--amount <n>', 'at most so much, in the smallest unit')
    .option('--minutes <n>', 'good for so long', '10')
    .option('--reason <text>', 'of an override', 'opened by hand')
    .action((options: IssueOptions) => {
      const config = configOrThrow()
      const key = readIssuerKey(options.key)
      if (!key.ok) throw new Error(key.problem)
      say.line(issueToken(requestOf(options, config), key.pair))
    })
  for (const [name, description] of [
    ['inspect', 'show what is in a token, and what would be said of it here and now'],
    ['verify', 'say whether a token would be taken here and now, as far as that can be said without the books'],
  ] as const) {
    token
      .command(`${name} [token]`)
      .description(`${description}; from standard input where none is given`)
      .option('--stall <id>', 'shown at this stall')
      .option('--lane <id>', 'shown at this lane')
      .option('--json', 'for programs')
      .action(async (given: string | undefined, options: PlaceOptions & { readonly json?: boolean }) => {
        const shown = readShownText((given ?? (await streamText(process.stdin))).trim())
        if (!shown.ok) throw new Error(refusalTable[shown.refusal].en.help)
        const inspection = await inspect(shown.text, options, configOrThrow())
        if (options.json === true) say.json(inspection)
        else if (name === 'inspect') say.line(JSON.stringify(inspection, null, 2))
        const refusal = inspection.refusal?.refusal ?? inspection.judged.find((each) => each.refusal !== null)?.refusal
        if (name === 'inspect') return
        if (refusal === undefined || refusal === null) {
          if (options.json !== true) say.line('good, as far as can be said without the books')
          return
        }
        if (options.json !== true)
          say.line(`${refusal}: ${refusalTable[refusal].en.short}. ${refusalTable[refusal].en.help}`)
        process.exitCode = 1
      })
  }
}

async function inspect(text: string, options: PlaceOptions, config: GatewayConfig): Promise<Inspection> {
  const ring = await createKeyRing(readJson(config.keySetFile), loadOwnKeys(config).issuers)
  if (!ring.ok) throw new Error(`${config.keySetFile}:\n${ring.problems.join('\n')}`)
  const denyList = existsSync(config.denyListFile) ? createDenyList(readJson(config.denyListFile)) : undefined
  if (denyList !== undefined && !denyList.ok)
    throw new Error(`${config.denyListFile}:\n${denyList.problems.join('\n')}`)
  const clock = createSystemClock({
    zone: config.zone,
    source: trustedByConfig(config.clockUncertaintyMs),
    stepMs: DEFAULT_STEP_MS,
    absenceMaxMs: DEFAULT_ABSENCE_MS,
    floor: () => instant(0),
  })
  return inspectToken(text, {
    ring: ring.ring,
    denyList: denyList?.list ?? null,
    site: config.site,
    place: placeOf(options),
    now: clock.now(),
    policy: { clockWideningMaxMs: config.clockUncertaintyMs },
  })
}

function requestOf(options: IssueOptions, config: GatewayConfig): IssueRequest {
  const now = instant(Date.now())
  const minutes = Number(options.minutes)
  if (!Number.isInteger(minutes) || minutes < 1) throw new UsageError('--minutes is a whole number above 0')
  const common = {
    iss: options.iss,
    sub: options.sub,
    aud: [options.aud ?? audienceOf(placeOf(options), config)],
    iat: now,
    nbf: now,
    exp: later(now, minutes * MINUTE_MS),
    jti: randomUUID(),
  }
  switch (options.kind) {
    case 'pay':
      return { ...common, kind: 'pay', amount: amountOf(options, config) }
    case 'holder': {
      const phone: IssuerKeyPair = createIssuerKey('Ed25519')
      const amount = amountOf(options, config)
      return {
        ...common,
        kind: 'holder',
        limit: amount,
        phone,
        presentation: { amount, iat: now, nonce: newTokenId() },
      }
    }
    case 'pass': {
      const hours = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1_440 }]
      return { ...common, kind: 'pass', vehicleClass: 'car', lanes: lanesOf(options), hours }
    }
    case 'override':
      return { ...common, kind: 'override', lanes: lanesOf(options), reason: options.reason }
    default:
      throw new UsageError('--kind is pay, holder, pass or override; tickets and receipts are signed by a gateway')
  }
}

function amountOf({ amount }: IssueOptions, config: GatewayConfig): ReturnType<typeof money> {
  const value = Number(amount)
  if (amount === undefined || !isAmount(value) || value === 0)
    throw new UsageError('--amount is a whole number above 0')
  return money(value, config.currency)
}

function lanesOf({ lane }: PlaceOptions): readonly string[] {
  return lane === undefined ? [] : [lane]
}

function placeOf({ stall, lane }: PlaceOptions): Place {
  const id = stall ?? lane
  if (id !== undefined && !isSlug(id))
    throw new UsageError(`${JSON.stringify(id)} is no id: 1 to 63 of a-z, 0-9 and inner dashes`)
  if (stall !== undefined) return { kind: 'stall', id: stallId(stall) }
  return lane === undefined ? { kind: 'site' } : { kind: 'lane', id: laneId(lane) }
}

function audienceOf(place: Place, { site }: GatewayConfig): string {
  return place.kind === 'site' ? `urn:tolbooth:${site}` : audiencesOf(site, place).place
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readTextFile(file, BUNDLE_BYTES_MAX)) as unknown
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
