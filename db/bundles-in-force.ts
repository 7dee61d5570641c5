import { sql } from 'drizzle-orm'
import type { Change } from '../core/changes.ts'
import type { TokenFacts } from '../core/facts.ts'
import type { LaneId, StallId } from '../core/ids.ts'
import type { TariffsInForce } from '../core/parking/facts.ts'
import { withinMemory } from '../core/parking/late-evidence.ts'
import type { BundleHead, BundleKind, Lane, SiteLayout, SitePolicy, Stall } from '../core/site.ts'
import type { Instant } from '../core/time.ts'
import type { Issuer, IssuerKey, PresentedToken } from '../core/tokens.ts'
import { newestIssueOf, readBundleHeads } from './bundle-heads.ts'
import type { Db } from './open.ts'
import * as tables from './schema.ts'

/** How the contents of bundles are understood. They were checked before they were stored, so none of these refuses; what an upgrade made unreadable is found at the start. */
export type BundleReaders = {
  layout(content: string): SiteLayout
  policy(content: string): SitePolicy
  /** The generation that was read under this name (its content's hash). */
  keySet(hash: string): KeySetRules
  denyList(hash: string): DenyRules
  /** Made ready for the places and the zone of the layout in force; `null` where they do not fit it: then nothing may be quoted. */
  tariffs(content: string, layout: SiteLayout): Omit<TariffsInForce, 'version'> | null
}

export type KeySetRules = {
  issuer(iss: string): Issuer | null
  key(iss: string, kid: string): IssuerKey | null
  /** Whether any issuer of payers' codes has a key that is not revoked. */
  takesCodes(): boolean
}
export type DenyRules = { denies(token: PresentedToken): TokenFacts['denied'] }

/** The bundles in force, each understood once and kept in memory while it is. */
export type BundlesInForce = {
  head(kind: BundleKind): BundleHead | null
  /** As `newestIssueOf` says. */
  newestIssue(): Instant
  layout(): SiteLayout | null
  /** One that is stored under this hash and may come into force; `null` where the books do not have it. */
  layoutStored(hash: string): SiteLayout | null
  /** As far as the books can hold it (`withinMemory`). */
  policy(): SitePolicy | null
  keySet(): KeySetRules | null
  denyList(): DenyRules | null
  tariffs(): TariffsInForce | null
  stall(id: StallId): Stall | null
  lane(id: LaneId): Lane | null
  /** What is kept in memory follows a change that was just written. */
  changed(change: Change): void
  forget(): void
}

/** `answersKeptMs`: how long the books know an event again by its answer. */
export function createBundlesInForce(db: Db, readers: BundleReaders, answersKeptMs: number): BundlesInForce {
  const read = prepare(db)
  let heads: ReadonlyMap<BundleKind, BundleHead> | undefined
  /** One generation of each kind: what is no longer in force is let go. */
  const parsed = new Map<BundleKind, { readonly hash: string; readonly parsed: unknown }>()
  let tariffs:
    | { readonly hash: string; readonly layout: SiteLayout; readonly inForce: TariffsInForce | null }
    | undefined
  let points: LayoutIndex | undefined

  const allHeads = (): ReadonlyMap<BundleKind, BundleHead> => {
    heads ??= readBundleHeads(db)
    return heads
  }
  const head = (kind: BundleKind): BundleHead | null => allHeads().get(kind) ?? null
  const textOf = (kind: BundleKind, hash: string): string => {
    const row = read.content.get({ hash })
    if (row === undefined) throw new Error(`the content of ${kind} ${hash} is not in the books`)
    return row.content
  }
  const generation = <Parsed extends SiteLayout | SitePolicy | KeySetRules | DenyRules>(
    kind: BundleKind,
    make: (hash: string) => Parsed,
  ): Parsed | null => {
    const current = head(kind)
    if (current === null) return null
    const known = parsed.get(kind)
    if (known?.hash === current.hash) return known.parsed as Parsed
    const made = make(current.hash)
    parsed.set(kind, { hash: current.hash, parsed: made })
    return made
  }
  const content = <Parsed extends SiteLayout | SitePolicy>(
    kind: BundleKind,
    parse: (text: string) => Parsed,
  ): Parsed | null => generation(kind, (hash) => parse(textOf(kind, hash)))
  const layout = (): SiteLayout | null => content('layout', readers.layout)
  /** Made once for each layout: it is one object for as long as it is in force. */
  const index = (): LayoutIndex | undefined => {
    const inForce = layout()
    if (inForce === null) return undefined
    if (points?.layout !== inForce) points = indexOf(inForce)
    return points
  }

  return {
    head,
    newestIssue: () => newestIssueOf(allHeads()),
    layout,
    layoutStored(hash) {
      const text = read.content.get({ hash })?.content
      return text === undefined ? null : readers.layout(text)
    },
    policy: () => content('policy', (text) => withinMemory(readers.policy(text), answersKeptMs)),
    keySet: () => generation('key-set', readers.keySet),
    denyList: () => generation('deny-list', readers.denyList),
    stall: (id) => index()?.stalls.get(id) ?? null,
    lane: (id) => index()?.lanes.get(id) ?? null,
    /** Read again with another layout: its places are what tariffs are for. */
    tariffs() {
      const current = head('tariffs')
      const inForce = layout()
      if (current === null || inForce === null || inForce.parking === null) return null
      if (tariffs?.hash === current.hash && tariffs.layout === inForce) return tariffs.inForce
      const text = read.content.get({ hash: current.hash })?.content
      const made = text === undefined ? null : readers.tariffs(text, inForce)
      const { hash, version } = current
      tariffs = { hash, layout: inForce, inForce: made === null ? null : { version, ...made } }
      return tariffs.inForce
    },
    changed(change) {
      if (change.kind === 'bundle-current') heads = undefined
    },
    forget() {
      heads = undefined
    },
  }
}

/** The text of one bundle, by its name; `null` where the books do not have it. */
export function bundleContentIn(db: Db, hash: string): string | null {
  return prepare(db).content.get({ hash })?.content ?? null
}

/** The points of one generation of the layout by their names: a site may have 20,000 stalls. */
type LayoutIndex = {
  readonly layout: SiteLayout
  readonly stalls: ReadonlyMap<StallId, Stall>
  readonly lanes: ReadonlyMap<LaneId, Lane>
}

function indexOf(layout: SiteLayout): LayoutIndex {
  return {
    layout,
    stalls: new Map(layout.stalls.map((stall) => [stall.id, stall])),
    lanes: new Map(layout.lanes.map((lane) => [lane.id, lane])),
  }
}

function prepare(db: Db) {
  const { bundle } = tables
  return {
    content: db
      .select({ content: bundle.content })
      .from(bundle)
      .where(sql`${bundle.hash} = ${sql.placeholder('hash')}`)
      .prepare(),
  }
}
