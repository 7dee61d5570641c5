import { describe, expect, test } from 'vitest'
import { deviceId, principalOf } from '../../core/ids.ts'
import { BooksRefuseError } from '../../db/faults.ts'
import { EMERGENCY_WORDS_MAX } from '../../gateway/emergency-calls.ts'
import type { RequestBody } from '../../gateway/path/path.ts'
import { faultyBooks } from '../support/faulty-books.ts'
import { laneOf, rigs } from '../support/people.ts'
import type { Rig } from '../support/rig.ts'
import { LANE } from '../support/site.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireDevice } from '../support/wire-device.ts'

const rigged = rigs()

/** Said now; answered when the books or the box have something to say to it. */
function say(rig: Rig, id: string, body: RequestBody): Promise<unknown> {
  const actor = { kind: 'client', id: 'gate', role: 'attendant' } as const
  return rig.now().gateway.submit({ source: principalOf('client', 'gate'), id, bytes: id, actor, body })
}

const ask = (rig: Rig, id: string, body: RequestBody): Promise<unknown> => rig.until(say(rig, id, body))

const said = (active: boolean): RequestBody => ({ kind: 'emergency', device: null, active })

describe('a person’s word in an emergency', () => {
  test('opens and holds every lane, and ends it', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    await rig.runFor(1_000)
    expect(barrier.commands.at(-1)).toMatchObject({ type: 'hold-open' })
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(barrier.commands.slice(-2)).toMatchObject([{ type: 'release' }, { type: 'close' }])
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
  })

  test('ends it also where the input that began it is gone for good', async () => {
    const rig = await rigged()
    await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await input.ask('emergency', { active: true })
    await ask(rig, 'revoked', { kind: 'device-revoked', device: deviceId('emergency-1') })
    await rig.runFor(60_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open', by: ['emergency-1'] })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
  })
})

describe('a person’s word in an emergency, while the books cannot be written,', () => {
  async function unwritable() {
    const faulty = faultyBooks()
    const rig = await rigged({ throughBooks: faulty.through })
    const lane = await laneOf(rig, LANE)
    faulty.set('refuse')
    return { rig, lane, barrier: lane.barrier, faulty }
  }
  const told = ({ commands }: WireDevice) => commands.map(({ type }) => type)

  test('opens every arm at once, says that it is in no book, and is booked when they can be', async () => {
    const { rig, barrier, faulty } = await unwritable()
    await ask(rig, 'by-hand', { kind: 'open-by-hand', lane: LANE, reason: 'Rác đổ ngang làn' })
    // The path leaves books alone that have just refused, and the arms do not wait for that.
    const answer = say(rig, 'fire', said(true))
    await rig.runFor(100)
    expect(told(barrier)).toEqual(['hold-open'])
    expect(await rig.until(answer)).toMatchObject({ kind: 'pushed-back', refusal: 'emergency-not-booked' })
    await rig.runFor(100)
    expect(told(barrier)).toContain('hold-open')
    expect(rig.lane(LANE).phase.kind).toBe('idle')
    faulty.set('none')
    await rig.runFor(60_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(told(barrier).slice(-2)).toEqual(['release', 'close'])
  })

  test('holds an arm open that comes back meanwhile, and tells none to let go before the books have both', async () => {
    const { rig, barrier, faulty } = await unwritable()
    await ask(rig, 'fire', said(true))
    rig.now().transport.disconnect(barrier.id)
    await rig.runFor(5_000)
    await barrier.connect()
    await rig.runFor(1_000)
    expect(told(barrier).at(-1)).toBe('hold-open')
    expect(await ask(rig, 'over', said(false))).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
    await rig.runFor(5_000)
    expect(told(barrier)).not.toContain('release')
    faulty.set('none')
    await rig.runFor(60_000)
    expect(told(barrier).slice(-2)).toEqual(['release', 'close'])
    expect(rig.query("SELECT count(*) AS n FROM journal WHERE event = 'emergency'")).toEqual([{ n: 2 }])
  })

  test('is ended by what is said after it, also where both wait for the books at the same time', async () => {
    for (const afterMs of [100, 500, 900, 1_500]) {
      const { rig, barrier, faulty } = await unwritable()
      await ask(rig, 'fire', said(true))
      await rig.runFor(afterMs)
      const over = say(rig, 'over', said(false))
      faulty.set('none')
      await rig.until(over)
      await rig.runFor(30_000)
      expect(rig.lane(LANE).phase.kind, `${afterMs} ms`).not.toBe('held-open')
      expect(told(barrier).slice(-2), `${afterMs} ms`).toEqual(['release', 'close'])
    }
  })

  test('is begun by what is said last, after an older one was over', async () => {
    const { rig, barrier, faulty } = await unwritable()
    await ask(rig, 'fire', said(true))
    await ask(rig, 'over', said(false))
    await ask(rig, 'fire-again', said(true))
    faulty.set('none')
    await rig.runFor(30_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    expect(told(barrier)).not.toContain('release')
    expect(rig.query("SELECT count(*) AS n FROM journal WHERE event = 'emergency'")).toEqual([{ n: 1 }])
  })

  test('is put off where more people speak at once than the box listens to', async () => {
    const { rig, faulty } = await unwritable()
    const all = Array.from({ length: EMERGENCY_WORDS_MAX + 1 }, (_, n) => say(rig, `fire-${n}`, said(true)))
    expect(await all.at(-1)).toMatchObject({ kind: 'pushed-back', refusal: 'busy' })
    expect(await rig.until(Promise.all(all.slice(0, -1)))).toEqual(
      Array.from({ length: EMERGENCY_WORDS_MAX }, () => expect.objectContaining({ refusal: 'emergency-not-booked' })),
    )
    faulty.set('none')
    await rig.runFor(30_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
  })

  test('but never a call behind words that it is over: the arms open at once, and it is in the books when they can be written', async () => {
    const { rig, barrier, faulty } = await unwritable()
    const over = Array.from({ length: EMERGENCY_WORDS_MAX }, (_, n) => say(rig, `over-${n}`, said(false)))
    const call = say(rig, 'fire', said(true))
    const late = say(rig, 'over-late', said(false))
    await rig.runFor(10)
    expect(told(barrier)).toContain('hold-open')
    expect(await rig.until(call)).toMatchObject({ refusal: 'emergency-not-booked' })
    expect(await rig.until(late)).toMatchObject({ refusal: 'busy' })
    expect(await rig.until(Promise.all(over))).toHaveLength(EMERGENCY_WORDS_MAX)
    faulty.set('none')
    await rig.runFor(30_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
  })

  test('opens every arm also where nothing can be read in them', async () => {
    let isUnreadable = false
    const rig = await rigged({
      throughBooks: (books) => ({
        ...books,
        answerTo(...asked) {
          if (isUnreadable) throw new Error('disk I/O error')
          return books.answerTo(...asked)
        },
      }),
    })
    const { barrier } = await laneOf(rig, LANE)
    isUnreadable = true
    await ask(rig, 'fire', said(true))
    await rig.runFor(100)
    expect(told(barrier)).toContain('hold-open')
  })

  test('is answered when the box stops, whoever spoke before', async () => {
    const { rig } = await unwritable()
    const words = ['one', 'two', 'three'].map((id) => say(rig, id, said(true)))
    await rig.stop()
    for (const answer of await Promise.all(words)) expect(answer).toMatchObject({ kind: 'pushed-back' })
  })

  test('and a start before the books have it: the arm stands up, and a person who says that it is over lets it go', async () => {
    const { rig, lane, faulty } = await unwritable()
    await ask(rig, 'fire', said(true))
    rig.crash()
    for (const device of Object.values(lane)) device.line.cut()
    faulty.set('none')
    await rig.start()
    const { barrier } = await laneOf(rig, LANE)
    await barrier.ask('barrier', { state: 'open' })
    await rig.runFor(5_000)
    const before = told(barrier).length
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(told(barrier).slice(before)).toEqual(['release', 'close'])
  })

  test('that there is none any more is of nobody’s call, and moves nothing', async () => {
    const { rig, barrier } = await unwritable()
    expect(await ask(rig, 'over', said(false))).toMatchObject({ kind: 'pushed-back', refusal: 'not-ready' })
    await rig.runFor(60_000)
    expect(told(barrier)).toEqual([])
  })
})

describe('between the call and its place in the books', () => {
  const told = ({ commands }: WireDevice) => commands.map(({ type }) => type)

  test('of an input no arm is told to come down', async () => {
    let isRefused = false
    const rig = await rigged({
      throughBooks: (books) => ({
        ...books,
        commit(group, now) {
          if (isRefused && group.some(({ body }) => body.kind === 'emergency')) throw new BooksRefuseError('no room')
          return books.commit(group, now)
        },
      }),
    })
    const { barrier } = await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await ask(rig, 'before', said(true))
    await barrier.ask('barrier', { state: 'open' })
    await ask(rig, 'before-over', said(false))
    await rig.runFor(1_000)
    // It has not come down yet: with the next word to come down it is let go once more.
    expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'closing' }, isLetGo: true })
    const before = told(barrier).length
    isRefused = true
    const call = input.say('emergency', { active: true })
    await rig.runFor(30_000)
    expect(rig.lane(LANE), 'the lane has gone on').toMatchObject({ alarm: 'stuck-open' })
    expect(told(barrier).slice(before)).toEqual(['hold-open'])
    isRefused = false
    await input.connect()
    input.sayAgain(call)
    await rig.runFor(5_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    expect(told(barrier).slice(before)).not.toContain('release')
    await input.ask('emergency', { active: false })
    await rig.runFor(1_000)
    expect(told(barrier).slice(-2)).toEqual(['release', 'close'])
  })

  test('of a person no arm is told to come down, also where somebody has just said that it is over', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    await barrier.ask('barrier', { state: 'open' })
    const before = told(barrier).length
    const over = say(rig, 'over', said(false))
    await rig.until(Promise.all([over, say(rig, 'fire-again', said(true))]))
    await rig.runFor(5_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open', by: [null] })
    expect(told(barrier).slice(before)).toEqual(['hold-open', 'hold-open'])
  })

  test('no arm is told to come down by what is decided in one go with it', async () => {
    const faulty = faultyBooks()
    const rig = await rigged({ throughBooks: faulty.through })
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'by-hand', { kind: 'open-by-hand', lane: LANE, reason: 'Rác đổ ngang làn' })
    await barrier.ask('barrier', { state: 'open' })
    // Nobody drives: the arm is to come down when the passage is due, and the books take that and the call together.
    const dueMs = rig.policy.passWithinMs
    await rig.runFor(dueMs - 500)
    faulty.set('refuse')
    await rig.runFor(2_000)
    const call = say(rig, 'fire', said(true))
    await rig.runFor(500)
    faulty.set('none')
    await rig.until(call)
    await rig.runFor(10_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    expect(told(barrier)).not.toContain('close')
  })
})

test('a call that is sent again with its key after its emergency is over moves no arm', async () => {
  const rig = await rigged()
  const { barrier } = await laneOf(rig, LANE)
  await ask(rig, 'fire', said(true))
  await ask(rig, 'over', said(false))
  await rig.runFor(1_000)
  await barrier.ask('barrier', { state: 'closed' })
  const before = barrier.commands.length
  expect(await ask(rig, 'fire', said(true))).toMatchObject({ kind: 'committed', repeated: true })
  await rig.runFor(5_000)
  expect(barrier.commands.slice(before)).toEqual([])
  expect(rig.lane(LANE).phase).toMatchObject({ kind: 'idle' })
})

describe('an arm that was away', () => {
  test('is held open when it is back, also where a person began the emergency', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    rig.now().transport.disconnect(barrier.id)
    await ask(rig, 'fire', said(true))
    await rig.runFor(5_000)
    expect(barrier.commands).toEqual([])
    await barrier.connect()
    await rig.runFor(1_000)
    expect(barrier.commands).toMatchObject([{ type: 'hold-open' }])
  })

  test('is held open when it is back after a restart of the gateway, though the input burnt', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await input.ask('emergency', { active: true })
    rig.crash()
    await rig.start()
    await rig.runFor(1_000)
    const before = barrier.commands.length
    await barrier.connect({ boot: 'barrier-boot-2' })
    await barrier.ask('barrier', { state: 'closed' })
    await rig.runFor(1_000)
    expect(barrier.commands.slice(before)).toMatchObject([{ type: 'hold-open' }])
  })

  test.each(['open', 'closed'] as const)('when the emergency ended is let go when it is back and %s', async (state) => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    await barrier.ask('barrier', { state: 'open' })
    rig.now().transport.disconnect(barrier.id)
    await ask(rig, 'over', said(false))
    await rig.runFor(5_000)
    expect(rig.lane(LANE).phase).toEqual({ kind: 'held-open', by: [] })
    const before = barrier.commands.length
    await barrier.connect()
    await barrier.ask('barrier', { state })
    await rig.runFor(1_000)
    expect(barrier.commands.slice(before).map(({ type }) => type)).toEqual(state === 'open' ? ['release', 'close'] : [])
    expect(rig.lane(LANE).phase.kind).toBe(state === 'open' ? 'closing' : 'idle')
  })

  test('and says nothing when it is back is let go when a person ends the emergency once more', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    rig.now().transport.disconnect(barrier.id)
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    await barrier.connect()
    await ask(rig, 'over-again', said(false))
    await rig.runFor(1_000)
    expect(barrier.commands.slice(-2)).toMatchObject([{ type: 'release' }, { type: 'close' }])
  })
})

describe('an arm that has not heard that the emergency is over', () => {
  /** Up, and held: it takes no word to come down. */
  async function upAfterAll() {
    const rig = await rigged()
    const lane = await laneOf(rig, LANE)
    await ask(rig, 'fire', said(true))
    await lane.barrier.ask('barrier', { state: 'open' })
    return { rig, ...lane }
  }
  const releases = ({ commands }: WireDevice) => commands.filter(({ type }) => type === 'release').length

  test('however often that is lost is let go again while nobody is under it, with an alarm until it is down', async () => {
    const { rig, barrier, safety } = await upAfterAll()
    await ask(rig, 'over', said(false))
    await rig.runFor(60_000)
    expect(rig.lane(LANE)).toMatchObject({ arm: 'open', alarm: 'stuck-open' })
    const before = releases(barrier)
    expect(before).toBeGreaterThan(2)
    await safety.ask('occupied', { occupied: true })
    await rig.runFor(60_000)
    const under = releases(barrier)
    await rig.runFor(60_000)
    expect(releases(barrier)).toBe(under)
    await safety.ask('occupied', { occupied: false })
    await rig.runFor(60_000)
    expect(releases(barrier)).toBeGreaterThan(under)
    // One word each half minute and no more, for as long as it takes.
    const late = releases(barrier)
    await rig.runFor(600_000)
    expect(releases(barrier) - late).toBeLessThanOrEqual(21)
    await barrier.ask('barrier', { state: 'closed' })
    const down = barrier.commands.length
    await rig.runFor(60_000)
    expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'idle' }, arm: 'closed', alarm: null })
    expect(barrier.commands.length).toBe(down)
  })

  test('and whose line is cut after that is let go when it is back and says that it is up', async () => {
    const { rig, barrier } = await upAfterAll()
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    barrier.line.cut()
    await rig.runFor(60_000)
    expect(rig.lane(LANE)).toMatchObject({ phase: { kind: 'idle' }, alarm: 'stuck-open' })
    const before = releases(barrier)
    await barrier.connect()
    await barrier.ask('barrier', { state: 'open' })
    await rig.runFor(30_000)
    expect(releases(barrier)).toBeGreaterThan(before)
  })

  test('is let go also after the box was started again', async () => {
    const { rig, safety, barrier } = await upAfterAll()
    await ask(rig, 'over', said(false))
    await rig.runFor(30_000)
    rig.crash()
    for (const { line } of [safety, barrier]) line.cut()
    await rig.start()
    await safety.connect()
    await safety.ask('occupied', { occupied: false })
    const before = releases(barrier)
    await barrier.connect()
    await barrier.ask('barrier', { state: 'open' })
    await rig.runFor(60_000)
    expect(releases(barrier)).toBeGreaterThan(before)
  })
})

describe('an input that has not taken its word back when a person ends the emergency', () => {
  async function burning(over: Parameters<typeof rigged>[0] = {}) {
    const rig = await rigged(over)
    const { barrier } = await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await input.ask('emergency', { active: true })
    await barrier.ask('barrier', { state: 'open' })
    return { rig, barrier, input, before: barrier.commands.length }
  }
  const told = ({ commands }: WireDevice, before: number) => commands.slice(before).map(({ type }) => type)

  test('holds every arm on, without a word of its own, and ends it when it does', async () => {
    const { rig, barrier, input, before } = await burning()
    await ask(rig, 'over', said(false))
    await rig.runFor(60_000)
    expect(rig.lane(LANE).phase).toEqual({ kind: 'held-open', by: ['emergency-1'] })
    expect(told(barrier, before), 'none comes down in between').not.toContain('close')
    expect(told(barrier, before)).not.toContain('release')
    await input.ask('emergency', { active: false })
    await rig.runFor(1_000)
    expect(barrier.commands.slice(-2)).toMatchObject([{ type: 'release' }, { type: 'close' }])
  })

  test('holds them on also where its word was heard late', async () => {
    const rig = await rigged()
    const { barrier } = await laneOf(rig, LANE)
    const input = wireDevice(rig, deviceId('emergency-1'))
    await input.connect()
    await rig.runFor(60_000)
    await input.answer(input.say('emergency', { active: true }, { agoMs: 30_000 }))
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'held-open' })
    const before = barrier.commands.length
    await ask(rig, 'over', said(false))
    await rig.runFor(60_000)
    expect(rig.lane(LANE).phase).toEqual({ kind: 'held-open', by: ['emergency-1'] })
    expect(told(barrier, before)).not.toContain('close')
  })

  test('and whose contact is stuck holds them until it is revoked or away', async () => {
    const { rig, input } = await burning()
    await ask(rig, 'revoked', { kind: 'device-revoked', device: input.id })
    await ask(rig, 'over', said(false))
    await rig.runFor(1_000)
    expect(rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
    const away = await burning()
    away.input.line.cut()
    await away.rig.runFor(120_000)
    await ask(away.rig, 'over', said(false))
    await away.rig.runFor(1_000)
    expect(away.rig.lane(LANE).phase).toMatchObject({ kind: 'closing' })
  })

  test('says so itself where the books do not take it: the arms stay up meanwhile', async () => {
    let isRefused = false
    const { rig, barrier, input, before } = await burning({
      throughBooks: (books) => ({
        ...books,
        commit(group, now) {
          if (isRefused && group.some(({ body }) => body.kind === 'emergency' && body.active))
            throw new BooksRefuseError('no room')
          return books.commit(group, now)
        },
      }),
    })
    isRefused = true
    await ask(rig, 'over', said(false))
    await rig.runFor(5_000)
    expect(told(barrier, before)).not.toContain('close')
    isRefused = false
    await rig.runFor(5_000)
    if (!rig.now().transport.isPresent(input.id)) await input.connect()
    await input.ask('emergency', { active: true })
    await rig.runFor(1_000)
    expect(rig.lane(LANE).phase).toEqual({ kind: 'held-open', by: ['emergency-1'] })
    expect(told(barrier, before)).not.toContain('close')
  })
})
