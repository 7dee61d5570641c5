import type { KeyObject } from 'node:crypto'
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify as verifySync,
  webcrypto,
} from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compactVerify } from 'jose'
import { createKeyRing } from '../gateway/tokens/key-ring.ts'
import { readPublicKey } from '../gateway/tokens/public-key.ts'
import { createVerifier, openToken } from '../gateway/tokens/verify.ts'

/**
 * How many signatures of tokens can be checked in a second, and by which way. `node bench/verify.ts [--seconds 1] [--rounds 3] [--json]`.
 * The figures stand in docs/decisions/010-verify-with-webcrypto.md.
 */

const ISS = 'https://wallet.example'
const TOKENS = 512
const WORKERS = availableParallelism()

type Algorithm = 'Ed25519' | 'ES256'
type Row = {
  readonly way: string
  readonly algorithm: Algorithm
  readonly perSecond: number
  readonly loopBusy: number
}

if (isMainThread) await main()
else serveAsWorker(workerData)

async function main(): Promise<void> {
  const options = {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  } as const
  const { values } = parseArgs({ options })
  const rounds: Row[][] = []
  for (let round = 0; round < Number(values.rounds); round += 1) {
    // In rounds, because whatever else the machine does comes and goes.
    const rows: Row[] = []
    for (const algorithm of ['Ed25519', 'ES256'] as const) {
      rows.push(...(await measureAll(algorithm, Number(values.seconds) * 1000)))
    }
    rounds.push(rows)
  }
  const results = (rounds[0] ?? []).map((row, index) => {
    const sorted = rounds.map((rows) => at(rows, index)).toSorted((left, right) => left.perSecond - right.perSecond)
    return {
      ...at(sorted, sorted.length - 1),
      medianPerSecond: at(sorted, (sorted.length - 1) >> 1).perSecond,
      way: row.way,
    }
  })
  const cores = availableParallelism()
  if (values.json) {
    console.log(JSON.stringify({ node: process.version, cores, rounds: rounds.length, results }, null, 2))
    return
  }
  console.log(
    `Node ${process.version}, ${cores} cores, ${rounds.length} rounds. A second: best, median. Event loop busy in the best, %`,
  )
  for (const { way, algorithm, perSecond, medianPerSecond, loopBusy } of results) {
    const figures = [perSecond, medianPerSecond, loopBusy].map((figure) => String(figure).padStart(7)).join('')
    console.log(`${algorithm.padEnd(8)} ${way.padEnd(56)} ${figures}`)
  }
}

async function measureAll(algorithm: Algorithm, forMs: number): Promise<Row[]> {
  const set = await makeTokens(algorithm)
  const { ring, texts, rotating, publicKey, parts } = set
  const key = ring.key(ISS, 'k1')?.public.cryptoKey
  if (key === undefined) throw new Error('the ring has lost its key')
  const algorithms = algorithm === 'Ed25519' ? ['EdDSA', 'Ed25519'] : ['ES256']
  const subtle = algorithm === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' }
  const jose = async (index: number) => void (await compactVerify(at(texts, index), key, { algorithms }))
  const verifier = createVerifier({ keyRing: () => ring, inFlightMax: 64, waitingMax: 1024, phoneKeysMax: 1024 })
  const whole = (of: readonly string[]) => async (index: number) => {
    const verified = await verifier.verify(at(of, index))
    if (!verified.ok) throw new Error(`${verified.refusal}: ${verified.detail}`)
  }
  const raw = async (index: number) => {
    const { input, signature } = at(parts, index)
    if (!(await webcrypto.subtle.verify(subtle, key, signature, input))) throw new Error('not verified')
  }
  const digest = algorithm === 'Ed25519' ? null : 'sha256'
  const sync = async (index: number) => {
    const { input, signature } = at(parts, index)
    const options = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    if (!verifySync(digest, input, options, signature)) throw new Error('not verified')
  }
  const callback = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const { input, signature } = at(parts, index)
      const options = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      verifySync(digest, input, options, signature, (error, fits) => {
        if (error === null && fits) resolve()
        else reject(error ?? new Error('not verified'))
      })
    })

  const measured = async (way: string, inFlight: number, work: (index: number) => Promise<void>): Promise<Row> => {
    await drive(inFlight, forMs / 10, work)
    return { way, algorithm, ...(await drive(inFlight, forMs, work)) }
  }
  return [
    await measured('jose, one after another', 1, jose),
    await measured('jose, 32 in flight', 32, jose),
    await measured('WebCrypto without jose, 32 in flight', 32, raw),
    await measured('node:crypto sync', 1, sync),
    await measured('node:crypto with a callback, 32 in flight', 32, callback),
    await measureWorkers(algorithm, set, forMs),
    await measured(
      'the verifier without its signatures',
      1,
      async (index) => void openToken(at(texts, index), ring, readPublicKey),
    ),
    await measured('the verifier, one after another', 1, whole(texts)),
    await measured('the verifier, 32 in flight', 32, whole(texts)),
    await measured('the verifier, 64 in flight', 64, whole(texts)),
    await measured('the verifier, rotating codes of 16 phones, 32 in flight', 32, whole(rotating)),
  ]
}

type TokenSet = Awaited<ReturnType<typeof makeTokens>>

async function makeTokens(algorithm: Algorithm) {
  const pair = pairOf(algorithm)
  const phones = Array.from({ length: 16 }, () => pairOf(algorithm))
  const made = await createKeyRing(
    {
      version: { epoch: 1, n: 1 },
      issuedAt: '2026-11-20T00:00:00Z',
      issuers: [
        {
          iss: ISS,
          role: 'wallet',
          kinds: ['pay', 'holder'],
          scope: 'region',
          currency: 'VND',
          presentWithinMs: 86_400_000,
          keys: [{ kid: 'k1', jwk: pair.publicKey.export({ format: 'jwk' }), from: '2026-01-01T00:00:00Z' }],
        },
      ],
    },
    [],
  )
  if (!made.ok) throw new Error(made.problems.join('\n'))
  const alg = algorithm === 'Ed25519' ? 'EdDSA' : 'ES256'
  const iat = Date.UTC(2026, 10, 21) / 1000
  const claims = { iss: ISS, sub: 'payer-1', iat, nbf: iat, exp: iat + 300, cur: 'VND' }
  const aud = 'urn:tolbooth:market-1:stall:a-12'
  const texts = Array.from({ length: TOKENS }, (_, index) =>
    signed(pair.privateKey, { alg, typ: 'pay+jwt', kid: 'k1' }, { ...claims, aud, jti: `t${index}`, amt: 50_000 }),
  )
  const rotating = Array.from({ length: TOKENS }, (_, index) => {
    const phone = at(phones, index)
    const cnf = { jwk: phone.publicKey.export({ format: 'jwk' }) }
    const credential = { ...claims, jti: `c${index % phones.length}`, cnf, lim: 200_000 }
    const sdJwt = `${signed(pair.privateKey, { alg, typ: 'payer+sd-jwt', kid: 'k1' }, credential)}~`
    const sdHash = createHash('sha256').update(sdJwt).digest('base64url')
    const nonce = randomBytes(16).toString('base64url')
    return sdJwt + signed(phone.privateKey, { alg, typ: 'kb+jwt' }, { iat, aud, nonce, sd_hash: sdHash, amt: 50_000 })
  })
  return { ring: made.ring, texts, rotating, parts: texts.map(partsOf), publicKey: pair.publicKey }
}

/** Keeps so many under way for so long. */
async function drive(
  inFlight: number,
  forMs: number,
  work: (index: number) => Promise<void>,
): Promise<Pick<Row, 'perSecond' | 'loopBusy'>> {
  let next = 0
  const from = performance.now()
  const loop = performance.eventLoopUtilization()
  const lane = async () => {
    // Lets timers and the pool's answers in now and then, also where the work itself never waits.
    while (performance.now() - from < forMs) {
      for (let turn = 0; turn < 16; turn += 1) await work(next++)
      await new Promise(setImmediate)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  const seconds = (performance.now() - from) / 1000
  const busy = performance.eventLoopUtilization(loop).utilization
  return { perSecond: Math.round(next / seconds), loopBusy: Math.round(busy * 100) }
}

/** One worker a core, each with node:crypto sync, handed batches of 32. */
async function measureWorkers(algorithm: Algorithm, set: TokenSet, forMs: number): Promise<Row> {
  const spki = set.publicKey.export({ format: 'pem', type: 'spki' })
  const workers = Array.from({ length: WORKERS }, () => {
    return new Worker(new URL(import.meta.url), { workerData: { algorithm, spki } satisfies WorkerData })
  })
  const lane = (worker: Worker) => async (index: number) => {
    worker.postMessage(Array.from({ length: 32 }, (_, offset) => at(set.texts, index * 32 + offset)))
    const fits: unknown = await new Promise((resolve) => worker.once('message', resolve))
    if (fits !== true) throw new Error('not verified')
  }
  await Promise.all(workers.map((worker) => drive(1, forMs / 10, lane(worker))))
  const driven = await Promise.all(workers.map((worker) => drive(1, forMs, lane(worker))))
  await Promise.all(workers.map((worker) => worker.terminate()))
  return {
    way: `${WORKERS} worker threads, batches of 32`,
    algorithm,
    perSecond: driven.reduce((sum, one) => sum + one.perSecond, 0) * 32,
    loopBusy: Math.max(...driven.map((one) => one.loopBusy)),
  }
}

type WorkerData = { readonly algorithm: Algorithm; readonly spki: string | Buffer }

function serveAsWorker({ algorithm, spki }: WorkerData): void {
  const key = createPublicKey(spki)
  const digest = algorithm === 'Ed25519' ? null : 'sha256'
  parentPort?.on('message', (batch: readonly string[]) => {
    const fits = batch.every((text) => {
      const { input, signature } = partsOf(text)
      return verifySync(digest, input, { key, dsaEncoding: 'ieee-p1363' }, signature)
    })
    parentPort?.postMessage(fits)
  })
}

function signed(key: KeyObject, header: object, claims: object): string {
  const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')
  const input = `${part(header)}.${part(claims)}`
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function partsOf(text: string) {
  const end = text.lastIndexOf('.')
  return { input: Buffer.from(text.slice(0, end)), signature: Buffer.from(text.slice(end + 1), 'base64url') }
}

function pairOf(algorithm: Algorithm) {
  return algorithm === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('nothing to choose from')
  return item
}
