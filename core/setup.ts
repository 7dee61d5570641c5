import type { Change } from './changes.ts'
import type { Decision } from './decision.ts'
import { NOTHING, refuse } from './decision.ts'
import type { BundleFacts } from './facts.ts'
import { lanesOfLayout } from './lane/layout.ts'
import type { SetupQuestion } from './questions.ts'
import { isReason } from './reason.ts'
import type { Device } from './site.ts'
import { compareVersions } from './site.ts'
import type { Instant, Now } from './time.ts'
import { isTrusted, later, SECOND_MS, uncertaintyMsOf } from './time.ts'

type BundleQuestion = Extract<SetupQuestion, { kind: 'bundle-loaded' }>

/** What sets the site up and looks after its books: decided without a layout and a policy, so it mends those that are missing or cannot be read. */
export function decideSetup(question: SetupQuestion, now: Now): Decision {
  switch (question.kind) {
    case 'bundle-loaded':
      return decideBundle(question.body, question.bundle, now)
    case 'device-enrolled':
      return decideEnrolment(question.body.device, question.known, question.beside)
    case 'device-revoked':
      if (question.known === null) return refuse('device-unknown')
      return question.known.status === 'revoked'
        ? NOTHING
        : { ...NOTHING, changes: [{ kind: 'device-revoked', device: question.body.device }] }
    case 'access-changed':
      // A client is known by its secret alone, and secrets stand beside the books.
      if (question.body.what.kind !== 'device-password') return NOTHING
      return question.known?.status === 'active' ? NOTHING : refuse('device-unknown')
    case 'upstream-reached':
      // By a clock that nobody trusts the contact might be dated years ahead, and no time offline would ever be too long: the older date stays.
      return isTrusted(now.trust) ? { ...NOTHING, changes: [{ kind: 'upstream-contact', at: now.at }] } : NOTHING
    case 'clock-accepted':
      return decideClock(question, now)
    case 'erase-due':
      // While the time is not trusted nothing is erased (architecture, section 10).
      if (!isTrusted(now.trust)) return refuse('clock-not-trusted')
      return {
        ...NOTHING,
        changes: [...question.renamed, ...erased(question.refs)],
      }
    case 'erase-asked':
      // No question of time: whoever asks need not wait for a clock.
      return { ...NOTHING, changes: erased(question.refs) }
    case 'forget-due':
      // What ends in the future could still be shown, whoever asks.
      if (!isTrusted(now.trust) || question.until > now.at) return refuse('clock-not-trusted')
      return { ...NOTHING, changes: [{ kind: 'spent-forgotten', until: question.until }] }
  }
}

function erased(refs: readonly string[]): readonly Change[] {
  return refs.length === 0 ? [] : [{ kind: 'values-erased', refs }]
}

/**
 * How far ahead of our clock a bundle may say that it was issued: as much as an issuer of tokens may. The issue is a floor of the time, so one that lies further
 * ahead would have the whole site doubt a clock that is right.
 */
export const BUNDLE_AHEAD_MAX_MS = 5 * SECOND_MS

/**
 * A bundle replaces an older one of its kind, never a newer; the same one again changes nothing. Refuses another content under a version that is in use, and an
 * issue that lies ahead of a clock which is trusted; where it is not, the bundle may be the one that knows the time.
 */
function decideBundle(body: BundleQuestion['body'], facts: BundleFacts, now: Now): Decision {
  const { current } = facts
  const order = current === null ? 1 : compareVersions(body.version, current.version)
  if (order < 0) return refuse('bundle-older')
  if (order === 0) return current?.hash === body.hash ? NOTHING : refuse('bundle-version-taken')
  if (isBundleAhead(body.issuedAt, now)) return refuse('bundle-from-future')
  const { bundle, version, hash, issuedAt } = body
  const { changes, effects } = facts.lanes === null ? NOTHING : lanesOfLayout(facts.lanes, now)
  return { ...NOTHING, changes: [{ kind: 'bundle-current', bundle, version, hash, issuedAt }, ...changes], effects }
}

/** Whether a bundle was issued ahead of a clock that is trusted. */
export function isBundleAhead(issuedAt: Instant, { at, trust }: Pick<Now, 'at' | 'trust'>): boolean {
  const uncertaintyMs = uncertaintyMsOf(trust)
  return uncertaintyMs !== undefined && issuedAt > later(at, uncertaintyMs + BUNDLE_AHEAD_MAX_MS)
}

/**
 * What is written from now on is held against this time and no later one (db/newest-trusted.ts); no record, no row and no due time changes by it. Refused without a reason, and where the clock is plainly wrong: its own
 * source does not vouch for it, or it is from before something that is in force was issued.
 */
function decideClock({ body, issuedAt }: Extract<SetupQuestion, { kind: 'clock-accepted' }>, now: Now): Decision {
  if (!isReason(body.reason)) return refuse('reason-missing')
  const isBehind = issuedAt > later(now.at, BUNDLE_AHEAD_MAX_MS)
  return isBehind || !isTrusted(body.source) ? refuse('clock-not-trusted') : NOTHING
}

function decideEnrolment(device: Device, known: Device | null, beside: readonly Device[]): Decision {
  if (known !== null && known.status === 'active') return refuse('device-exists')
  if (isPlaceTaken(device, beside)) return refuse('device-place-taken')
  return { ...NOTHING, changes: [{ kind: 'device-put', device }] }
}

/**
 * A lane has one barrier, one loop before it and one under it: a lane's state keeps one word of each, so the word of a second would cover the first, and a second arm would be told nothing. Several loops or light barriers are wired to one
 * input. `beside`: those that are in use there.
 */
export function isPlaceTaken(
  { id, kind, role }: Pick<Device, 'id' | 'kind' | 'role'>,
  beside: readonly Device[],
): boolean {
  if (kind !== 'barrier' && kind !== 'loop') return false
  return beside.some((other) => other.id !== id && other.kind === kind && other.role === role)
}
