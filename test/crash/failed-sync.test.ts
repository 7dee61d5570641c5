import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomOf } from '../../simulators/world/random.ts'
import type { TemporaryFolder } from '../support/temporary-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { diskImageOf, writeFolder } from './disk/disk-image.ts'
import type { DiskLibrary } from './disk/disk-library.ts'
import { buildDiskLibrary, reasonForNoDiskLibrary, recordedDisk } from './disk/disk-library.ts'
import { readDiskLog } from './disk/disk-log.ts'

const reason = reasonForNoDiskLibrary()
if (reason !== undefined) console.warn(`skipped: ${reason}`)

const OPEN = pathToFileURL(join(import.meta.dirname, '../../db/open.ts')).href
const SYNCED_ROWS = 20
const UNSYNCED_ROWS = 400

describe.skipIf(reason !== undefined)('books on a disk at which a sync has failed', () => {
  let folder: TemporaryFolder
  let library: DiskLibrary

  beforeAll(() => {
    folder = temporaryFolder()
    library = buildDiskLibrary(folder.path)
  })
  afterAll(() => folder.remove())

  test.each([1, 2, 5, 12, 30])(
    'are whole when the next start is cut before its write %d of the checkpoint: the log is on the disk first',
    (write) => {
      const data = join(folder.path, `data-${write}`)
      const work = join(folder.path, `work-${write}`)
      mkdirSync(data)
      mkdirSync(work)
      const disk = recordedDisk(library, data, work)
      const image = diskImageOf(data)
      let applied = 0
      const processGone = (): void => {
        const operations = readDiskLog(disk.log)
        for (const operation of operations.slice(applied)) image.apply(operation)
        applied = operations.length
        image.reconcile(data)
      }

      // Killed after commits that were not synced any more: the next process sees them.
      open(
        `client.exec('create table probe (id integer primary key, filling text)')
         const insert = client.prepare("insert into probe (filling) values (hex(randomblob(1500)))")
         for (let row = 0; row < ${SYNCED_ROWS}; row += 1) insert.run()
         client.pragma('wal_checkpoint(TRUNCATE)')
         client.pragma('synchronous = OFF')
         for (let row = 0; row < ${UNSYNCED_ROWS}; row += 1) insert.run()
         process.kill(process.pid, 'SIGKILL')`,
        disk.environment,
      )
      processGone()
      // The first sync of the next start fails. From then on the kernel holds the log for clean, and it is not on the disk.
      disk.failSyncs(1)
      disk.dieAtBooksWrite(write)
      const failing = open('', disk.environment)
      expect(disk.failuresLeft()).toBe(0)
      processGone()
      // Whoever writes the log back after that, this start or another: there the power fails.
      const last = failing.signal === null ? open('', disk.environment) : failing
      expect(last.signal).toBe('SIGKILL')
      processGone()

      const random = randomOf(`cut-${write}`)
      writeFolder(data, image.cut(random))
      const { stdout, stderr } = open(`console.log(client.prepare('select count(*) as rows from probe').get().rows)`)
      expect(stderr).toBe('')
      expect(Number(stdout)).toBeGreaterThanOrEqual(SYNCED_ROWS)

      function open(program: string, environment: Readonly<Record<string, string>> = {}) {
        const head = `const { openBooks } = await import(${JSON.stringify(OPEN)}); const client = openBooks('books.db').db.$client;`
        return spawnSync(process.execPath, ['--input-type=module', '--eval', head + program], {
          cwd: data,
          env: { ...process.env, ...environment },
          encoding: 'utf8',
        })
      }
    },
    60_000,
  )
})
