import { describe, expect, test } from 'vitest'
import { GATEWAY_LIMITS } from '../../../gateway/gateway.ts'
import type { PathReply } from '../../../gateway/path/path.ts'
import { sayTrouble } from '../../../gateway/wiring/books-trouble.ts'
import { faultyBooks } from '../../support/faulty-books.ts'
import { heldVerifier } from '../../support/held-verifier.ts'
import { rigs, walletOf } from '../../support/people.ts'
import { chargeOf, scanOf, word } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'
import { STALL } from '../../support/site.ts'

const rigged = rigs()
const AT_STALL = { kind: 'stall', id: STALL } as const

describe('verify in parallel', () => {
  test('a source’s events keep their order, whichever signature is done first', async () => {
    const verifier = heldVerifier()
    const rig = await rigged({ throughVerifier: verifier.through })
    const [first, second] = tokens(rig, 2)
    await ask(rig, chargeOf('till', 'c1', 50_000))
    verifier.hold()
    const answered: string[] = []
    send(rig, scanOf('reader', 's1', first), (reply) => answered.push(`s1 ${word(reply)}`))
    send(rig, scanOf('reader', 's2', second), (reply) => answered.push(`s2 ${word(reply)}`))
    send(rig, chargeOf('reader', 'c2', 60_000), (reply) => answered.push(`c2 ${word(reply)}`))
    await rig.runFor(10)
    expect(verifier.held()).toEqual([first, second])

    verifier.release(second)
    await rig.runFor(1_000)
    expect(answered).toEqual([])
    verifier.release(first)
    await rig.runFor(10)
    expect(answered).toEqual(['s1 paid', 's2 no-open-charge', 'c2 charge-opened'])
    expect(keys(rig).slice(-3)).toEqual(['client:reader/s1', 'client:reader/s2', 'client:reader/c2'])
  })

  test('one slow key holds nobody else up', async () => {
    const verifier = heldVerifier()
    const rig = await rigged({ throughVerifier: verifier.through })
    const [slow, quick] = tokens(rig, 2)
    await ask(rig, chargeOf('till', 'c1', 50_000))
    verifier.hold()
    send(rig, scanOf('reader-1', 's1', slow), () => {})
    const other = rig.now().gateway.submit(scanOf('reader-2', 's1', quick))
    await rig.runFor(10)
    verifier.release(quick)
    expect(word(await rig.until(other))).toBe('paid')
    expect(rig.now().gateway.path.depth()).toMatchObject({ verifying: 1, queued: 0 })
  })

  test('many signatures are under way at the same time', async () => {
    const verifier = heldVerifier()
    const rig = await rigged({ throughVerifier: verifier.through })
    verifier.hold()
    const texts = tokens(rig, 20)
    const replies = Promise.all(texts.map((text, n) => rig.now().gateway.submit(scanOf(`reader-${n}`, 's', text))))
    await rig.runFor(10)
    expect(verifier.held()).toHaveLength(20)
    verifier.releaseAll()
    expect(new Set((await rig.until(replies)).map(word))).toEqual(new Set(['no-open-charge']))
  })

  test('a bad token is answered at once, without a record, and those behind it go on', async () => {
    const rig = await rigged()
    const wallet = walletOf(rig, 'payer-1')
    const { seq } = rig.now().books.head()
    const forged = rig.now().gateway.submit(scanOf('reader', 's1', wallet.bad('forged', AT_STALL, 50_000).text))
    const card = rig.now().gateway.submit(scanOf('reader', 's2', wallet.bad('id-card', AT_STALL, 50_000).text))
    const charge = rig.now().gateway.submit(chargeOf('reader', 'c1', 50_000))
    expect([await rig.until(forged), await rig.until(card), await rig.until(charge)].map(word)).toEqual([
      'refused: token-signature',
      'refused: id-card-shown',
      'charge-opened',
    ])
    expect(rig.now().books.head().seq).toBe(seq + 1)
    expect(refusalsOf(rig)).toEqual([
      { refusal: 'id-card-shown', isScan: true },
      { refusal: 'token-signature', isScan: true },
    ])
  })

  test('a verifier that throws at a token refuses that token, and the next one is taken', async () => {
    const verifier = heldVerifier()
    const rig = await rigged({ throughVerifier: verifier.through })
    await ask(rig, chargeOf('till', 'c1', 50_000))
    const [one, two] = tokens(rig, 2)
    verifier.breakNext()
    expect(await ask(rig, scanOf('reader', 's1', one))).toBe('refused: fault')
    expect(await ask(rig, scanOf('reader', 's2', two))).toBe('paid')
    expect(rig.fatal).toEqual([])
  })
})

describe('a full queue', () => {
  test('pushes the sender back at its limit, keeps what it has, and takes more when there is room', async () => {
    const rig = await rigged({ limits: { ...GATEWAY_LIMITS, queueMax: 20 } })
    const sent = range(21).map((n) => rig.now().gateway.submit(chargeOf(`till-${n}`, 'c', 1_000 + n)))
    const { queued, queueMax } = rig.now().gateway.path.depth()
    expect([queued, queueMax]).toEqual([20, 20])
    const replies = (await rig.until(Promise.all(sent))).map(word)
    expect(replies).toEqual([...Array(20).fill('charge-opened'), 'pushed back: busy'])
    expect(await ask(rig, chargeOf('till-20', 'c', 1_020))).toBe('charge-opened')
  })

  test('is not filled by one source', async () => {
    const rig = await rigged({ limits: { ...GATEWAY_LIMITS, sourceQueueMax: 18 } })
    const mad = range(19).map((n) => rig.now().gateway.submit(chargeOf('mad', `c${n}`, 1_000 + n)))
    const calm = rig.now().gateway.submit(chargeOf('calm', 'c1', 5_000))
    const replies = (await rig.until(Promise.all(mad))).map(word)
    expect(replies).toEqual([...Array(18).fill('charge-opened'), 'pushed back: busy'])
    expect(word(await rig.until(calm))).toBe('charge-opened')
    expect(await ask(rig, chargeOf('mad', 'c18', 1_018))).toBe('charge-opened')
  })

  test('of signatures sends back with a request all that its source sent after it', async () => {
    const verifier = heldVerifier()
    const rig = await rigged({ throughVerifier: verifier.through })
    const [one, two] = tokens(rig, 2)
    verifier.setBusy(true)
    const scan = rig.now().gateway.submit(scanOf('reader', 's1', one))
    const after = rig.now().gateway.submit(chargeOf('reader', 'c1', 50_000))
    const other = rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))
    expect([await rig.until(scan), await rig.until(after), await rig.until(other)].map(word)).toEqual([
      'pushed back: busy',
      'pushed back: busy',
      'charge-opened',
    ])
    verifier.setBusy(false)
    expect(await ask(rig, scanOf('reader', 's2', two))).toBe('paid')
  })
})

describe('commit in groups', () => {
  test('what waits is written in one transaction, up to the limit of a group', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through, limits: { ...GATEWAY_LIMITS, groupMax: 64 } })
    books.groups.length = 0
    const sent = range(65).map((n) => rig.now().gateway.submit(chargeOf(`till-${n}`, 'c', 1_000)))
    await rig.until(Promise.all(sent))
    expect(books.groups).toEqual([64, 1])
  })

  test('nobody is answered before the commit, and nothing is sent', async () => {
    let committing: (() => void) | undefined
    const rig = await rigged({ atCommit: (moment) => moment === 'before' && committing?.() })
    const answers: string[] = []
    let before: unknown
    committing = () => {
      before = {
        answers: [...answers],
        commands: rig.now().gateway.commands(),
        sent: rig.now().transport.counters().messagesOut,
      }
    }
    send(rig, chargeOf('till', 'c1', 50_000), (reply) => answers.push(word(reply)))
    await rig.runFor(10)
    expect(before).toMatchObject({ answers: [], commands: { commands: 0 }, sent: 0 })
    expect(answers).toEqual(['charge-opened'])
  })

  test('the sender hears first, then the devices', async () => {
    const order: string[] = []
    const rig = await rigged()
    send(rig, chargeOf('till', 'c1', 50_000), () => order.push('answer'))
    const { length } = rig.notices
    await rig.timeline.runUntil(() => {
      if (rig.notices.length > length && !order.includes('notice')) order.push('notice')
      return order.length === 2
    }, 1_000)
    expect(order).toEqual(['answer', 'notice'])
  })
})

describe('the same again', () => {
  test('is answered with the same bytes, and its key with another body is refused', async () => {
    const rig = await rigged()
    const first = await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000)))
    const { seq } = rig.now().books.head()
    const again = await rig.until(rig.now().gateway.submit(chargeOf('till', 'c1', 50_000)))
    expect(again).toEqual({ ...first, repeated: true })
    expect(await ask(rig, chargeOf('till', 'c1', 60_000))).toBe('refused: key-reused')
    expect(rig.now().books.head().seq).toBe(seq)
  })

  test('is answered as it was then also when it is too late to be taken', async () => {
    const rig = await rigged()
    const [text] = tokens(rig, 1)
    await ask(rig, chargeOf('till', 'c1', 50_000))
    const late = { ...scanOf('reader', 's1', text), refuseIfNew: 'stale-scan' } as const
    expect(await ask(rig, late)).toBe('refused: stale-scan')
    const paid = await rig.until(rig.now().gateway.submit(scanOf('reader', 's1', text)))
    expect(word(paid)).toBe('paid')
    expect(await rig.until(rig.now().gateway.submit(late))).toEqual({ ...paid, repeated: true })
  })

  test('and too late in the group of the first is answered like it', async () => {
    const rig = await rigged()
    const [text] = tokens(rig, 1)
    await ask(rig, chargeOf('till', 'c1', 50_000))
    const first = rig.now().gateway.submit(scanOf('reader', 's1', text))
    const again = rig.now().gateway.submit({ ...scanOf('reader', 's1', text), refuseIfNew: 'stale-scan' })
    expect([word(await rig.until(first)), word(await rig.until(again))]).toEqual(['paid', 'paid'])
  })

  test.each(['', 'with space', 'x'.repeat(129), 'line\nend'])('an id that is none, %j, is refused', async (id) => {
    const rig = await rigged()
    expect(await ask(rig, chargeOf('till', id, 50_000))).toBe('refused: wrong-schema')
  })
})

describe('an event at which our own code throws', () => {
  test('becomes a fault record, is answered and parked whole, and those in its group are taken', async () => {
    let isBroken = false
    const rig = await rigged({
      atSign(typ) {
        if (isBroken && typ === 'receipt+jwt') throw new TypeError('a bug of ours')
      },
    })
    await ask(rig, chargeOf('till', 'c1', 50_000))
    isBroken = true
    const [text] = tokens(rig, 1)
    const scan = rig.now().gateway.submit(scanOf('reader', 's1', text))
    const beside = rig.now().gateway.submit(chargeOf('till-2', 'c1', 70_000, 'stall-2'))
    expect([word(await rig.until(scan)), word(await rig.until(beside))]).toEqual(['fault', 'charge-opened'])
    expect(kinds(rig).slice(-2).sort()).toEqual(['decision', 'fault'])
    expect(rig.query('SELECT key, event IS NOT NULL AS whole FROM parked')).toEqual([
      { key: 'client:reader/s1', whole: 1 },
    ])
    isBroken = false
    expect(await ask(rig, scanOf('reader', 's1', text))).toBe('fault')
    expect(await ask(rig, scanOf('reader', 's2', text))).toBe('paid')
    expect(rig.fatal).toEqual([])
  })
})

describe('books that refuse to be written', () => {
  test('push everyone back who waits, say why, and take again what comes when there is room', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through, limits: { ...GATEWAY_LIMITS, groupMax: 4 } })
    books.set('refuse')
    const sent = range(10).map((n) => rig.now().gateway.submit(chargeOf(`till-${n}`, 'c', 1_000)))
    expect(new Set((await rig.until(Promise.all(sent))).map(word))).toEqual(new Set(['pushed back: not-ready']))
    expect(books.refusedCommits()).toBe(1)
    expect(rig.now().gateway.path.trouble()).toEqual({ code: null, detail: 'no room on the disk' })
    expect(await ask(rig, chargeOf('till-1', 'c', 1_000))).toBe('pushed back: not-ready')

    books.set('none')
    expect(await ask(rig, chargeOf('till-1', 'c', 1_000))).toBe('charge-opened')
    expect(rig.now().gateway.path.trouble()).toBeUndefined()
    expect(rig.fatal).toEqual([])
  })

  test('are left alone for a while after each refusal', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    books.set('refuse')
    for (const n of range(100)) {
      send(rig, chargeOf(`till-${n}`, 'c', 1_000), () => {})
      await rig.runFor(50)
    }
    expect(books.refusedCommits()).toBeLessThanOrEqual(6)
  })

  test('let nobody overtake what was pushed back', async () => {
    const books = faultyBooks()
    const verifier = heldVerifier()
    const rig = await rigged({ throughBooks: books.through, throughVerifier: verifier.through })
    const [text] = tokens(rig, 1)
    books.set('refuse')
    verifier.hold()
    const first = rig.now().gateway.submit(chargeOf('one', 'c1', 50_000))
    const second = rig.now().gateway.submit(scanOf('one', 's1', text))
    expect([word(await rig.until(first)), word(await rig.until(second))]).toEqual(
      Array(2).fill('pushed back: not-ready'),
    )
    books.set('none')
    verifier.releaseAll()
    await rig.runFor(5_000)
    expect(keys(rig)).not.toContain('client:one/s1')
  })

  test('are those of a disk that is full: nothing of the group is there, and later all of it', async () => {
    const rig = await rigged()
    const { $client } = rig.now().db.db
    const { seq } = rig.now().books.head()
    const pages = Number($client.pragma('page_count', { simple: true }))
    $client.pragma(`max_page_count = ${pages}`)
    const fill = async (): Promise<string[]> => {
      const sent = range(60).map((n) => rig.now().gateway.submit(chargeOf(`till-${n}`, 'c', 1_000)))
      return (await rig.until(Promise.all(sent))).map(word)
    }
    expect(new Set(await fill())).toEqual(new Set(['pushed back: not-ready']))
    expect(rig.now().books.head().seq).toBe(seq)
    expect(new Set(await fill())).toEqual(new Set(['pushed back: not-ready']))
    expect(rig.now().gateway.path.trouble()).toMatchObject({ code: 'SQLITE_FULL' })
    $client.pragma('max_page_count = 1000000')
    await rig.runFor(2_000)
    expect(new Set(await fill())).toEqual(new Set(['charge-opened']))
    expect(rig.now().books.head().seq).toBe(seq + 60)

    // However many were pushed back, it is said once, and once that it is over: in both languages, in no machine's words.
    const lines: unknown[] = []
    const write = (level: string) => (said: object, text: string) => lines.push({ level, text, ...said })
    for (const notice of rig.notices) {
      if (notice.kind === 'books-trouble') sayTrouble({ error: write('error'), warn: write('warn') }, notice.trouble)
    }
    expect(lines).toEqual([
      {
        level: 'error',
        text: expect.stringMatching(/^The disk is full/),
        vi: expect.stringMatching(/^Đĩa đầy/),
        code: 'SQLITE_FULL',
        detail: expect.stringContaining('disk is full'),
      },
      { level: 'warn', text: 'The books can be written again.', vi: 'Lại ghi được sổ.' },
    ])
  })

  test('do not end the process by what is written now and then beside the path', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    books.set('refuse')
    await rig.runFor(300_000)
    expect(rig.fatal).toEqual([])
    expect(books.refused()).toBeGreaterThan(10)
  })
})

test('a gateway whose books refuse to be written stops all the same', async () => {
  const books = faultyBooks()
  const rig = await rigged({ throughBooks: books.through })
  expect(await ask(rig, chargeOf('till', 'c1', 50_000))).toBe('charge-opened')
  books.set('refuse')
  await rig.stop()
  expect(rig.isRunning()).toBe(false)
  books.set('none')
  await rig.start()
  expect(keys(rig)).toContain('client:till/c1')
})

describe('when it is not known whether the last group is on the disk', () => {
  test('the process must end: nobody is answered, and nothing more is taken', async () => {
    const books = faultyBooks()
    const rig = await rigged({ throughBooks: books.through })
    books.set('unknown')
    const answers: string[] = []
    send(rig, chargeOf('till', 'c1', 50_000), (reply) => answers.push(word(reply)))
    send(rig, chargeOf('till-2', 'c1', 50_000), (reply) => answers.push(word(reply)))
    await rig.runFor(60_000)
    expect(answers).toEqual([])
    expect(rig.fatal[0]).toMatchObject({ name: 'BooksUnknownError' })
    expect(await ask(rig, chargeOf('till-3', 'c1', 50_000))).toBe('pushed back: not-ready')
  })
})

describe('a path that stops', () => {
  test('commits what is queued, and pushes back what comes after', async () => {
    const rig = await rigged()
    const queued = rig.now().gateway.submit(chargeOf('till', 'c1', 50_000))
    const stopped = rig.now().gateway.path.stop()
    const after = rig.now().gateway.submit(chargeOf('till', 'c2', 50_000))
    await rig.until(stopped)
    expect([word(await queued), word(await after)]).toEqual(['charge-opened', 'pushed back: not-ready'])
  })
})

function tokens(rig: Rig, count: number): [string, string, ...string[]] {
  const made = range(count).map((n) => walletOf(rig, `payer-${n}`).pay(AT_STALL, 60_000, 'place').text)
  return made as [string, string, ...string[]]
}

async function ask(rig: Rig, request: ReturnType<typeof chargeOf>): Promise<string> {
  return word(await rig.until(rig.now().gateway.submit(request)))
}

function send(rig: Rig, request: ReturnType<typeof chargeOf>, then: (reply: PathReply) => void): void {
  void rig.now().gateway.submit(request).then(then)
}

function keys(rig: Rig): string[] {
  return rig.query('SELECT key FROM journal ORDER BY seq').map((row) => String(row['key']))
}

function kinds(rig: Rig): string[] {
  return rig.query('SELECT kind FROM journal ORDER BY seq').map((row) => String(row['kind']))
}

function refusalsOf(rig: Rig): object[] {
  return rig.notices.flatMap((notice) =>
    notice.kind === 'refused' ? [{ refusal: notice.refusal, isScan: notice.isScan }] : [],
  )
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
