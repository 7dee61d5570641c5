import { hash } from 'node:crypto'
import { z } from 'zod'
import { isSiteId, isSlug, laneId, merchantId, stallId } from '../../core/ids.ts'
import { isCurrencyCode } from '../../core/money.ts'
import type { BundleKind, BundleVersion, SiteLayout, SitePolicy } from '../../core/site.ts'
import type { Instant } from '../../core/time.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../core/time.ts'
import { isBankAccount } from '../../core/vietqr.ts'
import type { BundleReaders } from '../../db/bundles-in-force.ts'
import { safeParse } from '../../devices/safe-parse.ts'
import { bundleVersionSchema, instantSchema, problemsOf } from '../tokens/bundle-fields.ts'
import type { DenyList } from '../tokens/deny-list.ts'
import { createDenyList } from '../tokens/deny-list.ts'
import type { KeyRing, KeySetFile, KeySetIssuer } from '../tokens/key-ring.ts'
import { createKeyRing, takesCodes } from '../tokens/key-ring.ts'
import { parkingFaults, parkingLayoutSchema, parkingPolicyInForceSchema, parkingPolicySchema } from './parking.ts'
import { readTariffsBundle, tariffsBundleSchema, tariffsFor } from './tariffs.ts'

/** A bundle that has been read whole and found good: ready to be stored and flipped to. */
export type ReadBundle = {
  readonly kind: BundleKind
  readonly version: BundleVersion
  readonly issuedAt: Instant
  readonly hash: string
  readonly content: string
}

export type BundleResult =
  | { readonly ok: true; readonly bundle: ReadBundle }
  | { readonly ok: false; readonly refusal: 'bundle-invalid'; readonly problems: readonly string[] }

export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024
export const STALLS_MAX = 20_000
export const LANES_MAX = 256

/**
 * The generations of layout, policy, keys and deny list that this process has understood. Reading happens off the path, beside the generation in use; the
 * path flips by one small record.
 */
export type Bundles = {
  /**
   * Reads a bundle's text. Refuses what is not whole and right, with every problem named. Tariffs are checked against the layout that they are to be in force with. What is in force already is not refused for
   * a limit that became narrower since: it is read within that.
   */
  read(
    kind: BundleKind,
    content: string,
    layout?: SiteLayout | null,
    standing?: 'new' | 'in-force',
  ): Promise<BundleResult>
  /** From now on this one is in force, and is kept whatever else is read. */
  inForce(kind: BundleKind, hash: string): void
  /** What is in force under this name cannot be read, and why. Of a key set the gateway's own keys are left, so that its tickets and passes go on; nobody pays by code. */
  cannotBeRead(kind: BundleKind, hash: string, problems: readonly string[]): Promise<void>
  /** What is in force and cannot be read by this version, each with what is wrong. */
  unreadable(): ReadonlyMap<BundleKind, readonly string[]>
  readers: BundleReaders
  /** The keys of this name; none where there is no such key set (`null`), or it has not been read. */
  keyRing(hash: string | null): KeyRing
}

/** Generations of keys, and of deny lists, that are kept ready: the one in force, and those that were read last. */
export const GENERATIONS_KEPT_MAX = 4

export function createBundles(own: readonly KeySetIssuer[]): Bundles {
  const rings = new Map<string, KeyRing>()
  const denyLists = new Map<string, DenyList>()
  const hashInForce = new Map<BundleKind, string>()
  const unreadable = new Map<BundleKind, readonly string[]>()

  function keep<Generation>(all: Map<string, Generation>, kind: BundleKind, named: string, read: Generation): void {
    all.delete(named)
    all.set(named, read)
    const oldest = [...all.keys()].find((hash) => hash !== named && hash !== hashInForce.get(kind))
    if (all.size > GENERATIONS_KEPT_MAX && oldest !== undefined) all.delete(oldest)
  }

  return {
    async read(kind, content, layout = null, standing = 'new') {
      if (Buffer.byteLength(content) > BUNDLE_BYTES_MAX) return invalid([`the file is over ${BUNDLE_BYTES_MAX} bytes`])
      const parsed = parseJson(content)
      if (!parsed.ok) return invalid([parsed.problem])
      const named = hashOf(content)
      const good = (head: { readonly version: BundleVersion; readonly issuedAt: Instant }): BundleResult => ({
        ok: true,
        bundle: { kind, version: head.version, issuedAt: head.issuedAt, hash: named, content },
      })
      switch (kind) {
        case 'key-set': {
          const ring = await createKeyRing(parsed.value, own)
          if (!ring.ok) return ring
          keep(rings, kind, named, ring.ring)
          return good(ring.ring)
        }
        case 'deny-list': {
          const list = createDenyList(parsed.value)
          if (!list.ok) return list
          keep(denyLists, kind, named, list.list)
          return good(list.list)
        }
        case 'layout': {
          const layout = safeParse(layoutBundleSchema, parsed.value)
          return layout.success ? good(layout.data) : invalid(problemsOf(layout.error))
        }
        case 'policy': {
          const policy = safeParse(standing === 'new' ? policyBundleSchema : policyInForceSchema, parsed.value)
          return policy.success ? good(policy.data) : invalid(problemsOf(policy.error))
        }
        case 'tariffs': {
          const tariffs = safeParse(tariffsBundleSchema, parsed.value)
          if (!tariffs.success) return invalid(problemsOf(tariffs.error))
          if (layout === null) return invalid(['there is no layout yet that tariffs could be for: load that first'])
          const made = tariffsFor(tariffs.data.tariffs, layout)
          return made.ok ? good(tariffs.data) : invalid(made.problems)
        }
      }
    },
    inForce(kind, named) {
      hashInForce.set(kind, named)
      unreadable.delete(kind)
    },
    async cannotBeRead(kind, named, problems) {
      hashInForce.set(kind, named)
      unreadable.set(kind, problems)
      if (kind !== 'key-set') return
      const ring = await createKeyRing(NO_ISSUERS, own)
      if (ring.ok) keep(rings, kind, named, ring.ring)
    },
    unreadable: () => unreadable,
    keyRing: (named) => (named === null ? undefined : rings.get(named)) ?? NO_KEYS,
    readers: {
      layout: (content) => layoutBundleSchema.parse(JSON.parse(content)).layout,
      policy: (content) => policyInForceSchema.parse(JSON.parse(content)).policy,
      keySet(named) {
        const ring = rings.get(named)
        if (ring === undefined) throw new Error('the key set in force has not been read')
        const isTaken = takesCodes(ring)
        return {
          issuer: (iss) => ring.issuer(iss) ?? null,
          key: (iss, kid) => ring.key(iss, kid) ?? null,
          takesCodes: () => isTaken && !unreadable.has('deny-list'),
        }
      },
      denyList(named) {
        const list = denyLists.get(named)
        if (list === undefined) throw new Error('the deny list in force has not been read')
        return { denies: (token) => list.denied(token) }
      },
      tariffs(content, layout) {
        // What was right once may not fit another layout, or be read by another version: then nothing is quoted, and staff are called.
        const bundle = readTariffsBundle(content)
        const made = bundle.ok ? tariffsFor(bundle.tariffs, layout) : undefined
        return made?.ok === true ? made.tariffs : null
      },
    },
  }
}

/** A key set that names nobody, beside which the gateway’s own keys stand. */
const NO_ISSUERS: KeySetFile = { version: { epoch: 0, n: 0 }, issuedAt: '1970-01-01T00:00:00Z', issuers: [] }

/** Before there is a key set every token is of an unknown issuer. */
const NO_KEYS: KeyRing = {
  version: NO_ISSUERS.version,
  issuedAt: instant(0),
  issuers: () => [],
  issuer: () => undefined,
  key: () => undefined,
}

/** Whether a site that has none of a kind is missing something. A car park without tariffs can quote nothing. */
export function isNeeded(kind: BundleKind, layout: SiteLayout | null): boolean {
  switch (kind) {
    case 'layout':
    case 'policy':
    case 'key-set':
      return true
    case 'deny-list':
      return false
    case 'tariffs':
      return layout !== null && layout.parking !== null
  }
}

/** SHA-256 over the text as it came, base64url: a bundle's name. */
export function hashOf(content: string): string {
  return hash('sha256', content, 'base64url')
}

const slug = z.string().refine(isSlug, 'must be 1 to 63 of a-z, 0-9 and inner dashes')
const label = z.string().trim().min(1).max(80)
const amount = z.int().min(0)
const tokenKind = z.enum(['pay', 'holder', 'pass', 'ticket', 'receipt', 'override'])

const zone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}, 'must be an IANA zone such as Asia/Ho_Chi_Minh')

/** As the code that a bank's app reads takes it (core/vietqr.ts). */
const bankAccount = z
  .strictObject({ bankBin: z.string(), number: z.string(), holder: label })
  .refine(isBankAccount, 'must have a bank’s BIN of 6 digits and an account of 1 to 19 letters and digits')

const layoutSchema: z.ZodType<SiteLayout> = z
  .strictObject({
    site: z.string().refine(isSiteId, 'must be 1 to 63 of a-z, 0-9 and inner dashes, and not "any"'),
    zone,
    currency: z.string().refine(isCurrencyCode, 'must be an ISO 4217 code such as VND'),
    merchants: z
      .array(z.strictObject({ id: slug.transform(merchantId), name: label, account: bankAccount.optional() }))
      .min(1)
      .max(STALLS_MAX),
    stalls: z
      .array(
        z.strictObject({
          id: slug.transform(stallId),
          name: label,
          merchant: slug.transform(merchantId),
          feeBasisPoints: z.int().min(0).max(10_000),
        }),
      )
      .max(STALLS_MAX),
    lanes: z
      .array(
        z.strictObject({
          id: slug.transform(laneId),
          name: label,
          direction: z.enum(['entry', 'exit', 'both']),
          merchant: slug.transform(merchantId),
          // 0 is free, and recorded as 0; `null` is no price, and then paying is refused.
          price: z.int().min(0).nullable(),
          takes: z.array(tokenKind).max(6),
          failSafe: z.enum(['open', 'closed']),
        }),
      )
      .max(LANES_MAX),
    parking: parkingLayoutSchema.nullable().default(null),
  })
  .superRefine((layout, context) => {
    const problem = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message })
    }
    const merchants = new Set(layout.merchants.map((merchant) => merchant.id))
    for (const id of twice(layout.merchants)) problem(['merchants'], `${id} stands there twice`)
    for (const list of ['stalls', 'lanes'] as const) {
      for (const id of twice(layout[list])) problem([list], `${id} stands there twice`)
      for (const [index, point] of layout[list].entries()) {
        if (!merchants.has(point.merchant))
          problem([list, index, 'merchant'], `${point.merchant} is no merchant of this layout`)
      }
    }
    if (layout.parking !== null) {
      for (const fault of parkingFaults(layout.parking, layout)) problem([...fault.path], fault.problem)
    }
  })

const policyShape = z.strictObject({
  transactionMax: amount,
  genericAudienceMax: amount,
  untrustedClockMax: amount,
  beforeEpochMax: amount,
  payerDayMax: amount,
  exposureMax: amount,
  offlineMaxMs: z
    .int()
    .min(MINUTE_MS)
    .max(90 * DAY_MS),
  keySetAgeMaxMs: z
    .int()
    .min(MINUTE_MS)
    .max(365 * DAY_MS),
  denyListAgeMaxMs: z
    .int()
    .min(MINUTE_MS)
    .max(365 * DAY_MS),
  clockWideningMaxMs: z
    .int()
    .min(0)
    .max(10 * MINUTE_MS),
  chargeOpenMaxMs: z.int().min(1_000).max(DAY_MS),
  passageRightMs: z.int().min(1_000).max(DAY_MS),
  passWithinMs: z
    .int()
    .min(1_000)
    .max(10 * MINUTE_MS),
  barrierAnswerMs: z.int().min(100).max(MINUTE_MS),
  openWithinMs: z.int().min(500).max(MINUTE_MS),
  announceWithinMs: z.int().min(1_000).max(HOUR_MS),
  stateAgeMaxMs: z.int().min(500).max(MINUTE_MS),
  antiPassback: z.enum(['hard', 'off']),
  parking: parkingPolicySchema.nullable().default(null),
})
const policySchema: z.ZodType<SitePolicy> = policyShape
const policyInForce: z.ZodType<SitePolicy> = policyShape.extend({
  parking: parkingPolicyInForceSchema.nullable().default(null),
})

/** The file of a layout: `{version: {epoch, n}, issuedAt, layout: {…}}`. */
export const layoutBundleSchema = z.strictObject({
  version: bundleVersionSchema,
  issuedAt: instantSchema,
  layout: layoutSchema,
})

/** The file of a policy: `{version: {epoch, n}, issuedAt, policy: {…}}`. Every limit must be stated: there is no default for what a site dares. */
export const policyBundleSchema = z.strictObject({
  version: bundleVersionSchema,
  issuedAt: instantSchema,
  policy: policySchema,
})

const policyInForceSchema = policyBundleSchema.extend({ policy: policyInForce })

function twice(list: readonly { readonly id: string }[]): readonly string[] {
  const seen = new Set<string>()
  return list.filter(({ id }) => seen.size === seen.add(id).size).map(({ id }) => id)
}

function parseJson(
  content: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, value: JSON.parse(content) as unknown }
  } catch (error) {
    return { ok: false, problem: `the file is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function invalid(problems: readonly string[]): BundleResult {
  return { ok: false, refusal: 'bundle-invalid', problems }
}
