import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { runTolbooth } from '../../simulators/gateway-process/command.ts'

const DEMO = join(import.meta.dirname, '../../simulators/demo.ts')
const TEST_MS = 120_000

const summary = z.object({
  scans: z.int().min(1),
  accepted: z.int().min(1),
  refused: z.record(z.string(), z.int()),
  commands: z.int().min(1),
  acknowledged: z.int().min(1),
  lost: z.literal(0),
  doubled: z.literal(0),
  ledgerSum: z.literal(0),
  chainVerified: z.literal(true),
  p50Ms: z.number(),
  p99Ms: z.number(),
  gatewayStarts: z.int(),
  stays: z.strictObject({
    entries: z.int(),
    exits: z.int(),
    open: z.int(),
    tickets: z.int(),
    corrections: z.int(),
    occupancy: z.array(
      z.strictObject({ place: z.string(), vehicleClass: z.string(), count: z.int(), spaces: z.int() }),
    ),
    inside: z.int(),
    standing: z.int(),
  }),
  violations: z.array(z.unknown()),
})

describe('the demo', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tolbooth-test-demo-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test(
    'that is killed leaves no gateway behind',
    async () => {
      const child = spawn(process.execPath, [DEMO, '--seconds', '100', '--stalls', '1'], {
        env: { ...process.env, TMPDIR: folder },
      })
      const page = await new Promise<string>((resolve, reject) => {
        let out = ''
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString()
          const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(out) ?? []
          if (address !== undefined) resolve(address)
        })
        child.once('exit', () => reject(new Error(`the demo has ended:\n${out}`)))
      })
      const gateways = childrenOf(child.pid ?? 0)
      try {
        expect(gateways).toHaveLength(1)
        expect((await fetch(`${page}/healthz`)).ok).toBe(true)
        child.kill('SIGKILL')
        await vi.waitFor(() => expect(gateways.filter(isThere)).toEqual([]), { timeout: 20_000, interval: 50 })
      } finally {
        for (const pid of gateways.filter(isThere)) process.kill(pid, 'SIGKILL')
      }
    },
    TEST_MS,
  )

  test(
    'runs a site with every fault against a real gateway, and prints one JSON object in which nothing is lost or doubled',
    async () => {
      const { out, status } = await demo([
        '--seconds',
        '13',
        '--stalls',
        '3',
        '--rate',
        '6',
        '--fault',
        'all',
        '--json',
      ])
      expect(out.trim().split('\n')).toHaveLength(1)
      const read = summary.parse(JSON.parse(out))
      expect(read.violations).toEqual([])
      // A kill comes at the latest 12 s after the beginning.
      expect(read.gatewayStarts).toBeGreaterThanOrEqual(2)
      expect(read.stays.entries).toBeGreaterThan(0)
      expect(read.stays.occupancy.map(({ place, vehicleClass }) => `${place}/${vehicleClass}`)).toContain('lot/car')
      expect(status).toBe(0)
      expect(readdirSync(folder)).toEqual([])
    },
    TEST_MS,
  )

  test(
    'ends with its summary when it is interrupted, and leaves nothing behind',
    async () => {
      let isInterrupted = false
      const { out, problem, status } = await demo(['--stalls', '2', '--rate', '6', '--json'], (line, child) => {
        if (isInterrupted || !/accepted [1-9]/.test(line)) return
        isInterrupted = true
        child.kill('SIGINT')
      })
      expect(summary.parse(JSON.parse(out)).scans).toBeGreaterThan(0)
      expect(problem).toContain('Everything that must hold has held.')
      expect(status).toBe(0)
      expect(readdirSync(folder)).toEqual([])
      const page = /http:\/\/127\.0\.0\.1:\d+/.exec(problem)?.[0]
      expect(page).toBeDefined()
      await expect(fetch(`${page}/healthz`)).rejects.toThrow()
    },
    TEST_MS,
  )

  test(
    'keeps the data of the gateway where it is asked to',
    async () => {
      const { out, problem } = await demo(['--seconds', '9', '--stalls', '1', '--rate', '4', '--keep', '--json'])
      expect(JSON.parse(out)).toMatchObject({ lost: 0, chainVerified: true })
      const kept = /data is in (\S+)/.exec(problem)?.[1] ?? ''
      expect(existsSync(join(kept, 'books.db'))).toBe(true)
      // What it says is what whoever reads it types.
      const settings = /export TOLBOOTH_CONFIG=(\S+)/.exec(problem)?.[1] ?? ''
      const ask = (...args: readonly string[]) => runTolbooth(args, { TOLBOOTH_CONFIG: settings })
      expect(await ask('report', 'ledger')).toContain('VND: 0 posted, 0 pending')
      expect(problem).toContain('npx tolbooth session list')
      // A vehicle that was let in and never came is given up a little later.
      const open = z.array(z.unknown()).parse(JSON.parse(await ask('session', 'list', '--json')))
      expect(open.length).toBeLessThanOrEqual(JSON.parse(out).stays.open)
    },
    TEST_MS,
  )

  test.each([
    [['--fault', 'flood'], 'no such fault: flood'],
    [['--rate', '0'], 'It must be a number above 0.'],
    [['--stalls', '1.5'], 'It must be a whole number from 1 to 200.'],
  ])('says what is wrong with %j', async (args, said) => {
    const { problem, status } = await demo(args)
    expect(problem).toContain(said)
    expect(status).toBe(1)
  })

  /** Runs it as `npm run demo` does, with its temporary folders in a place of their own. */
  function demo(
    args: readonly string[],
    onLine: (line: string, child: ReturnType<typeof spawn>) => void = () => {},
  ): Promise<{ out: string; problem: string; status: number | null }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [DEMO, ...args], { env: { ...process.env, TMPDIR: folder } })
      let out = ''
      let problem = ''
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
      })
      child.stderr.on('data', (chunk: Buffer) => {
        problem += chunk.toString()
        onLine(chunk.toString(), child)
      })
      child.on('error', reject)
      child.on('close', (status) => resolve({ out, problem, status }))
    })
  }
})

/** Of a process of this machine, which is a Linux here as at a site. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** Runs, or is dead and not buried yet by whoever inherited it. */
function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
