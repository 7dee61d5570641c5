import { BooksRefuseError, BooksUnknownError } from '../../db/faults.ts'
import { at, openMarket, sale, sell } from './kit.ts'

/**
 * `node writer-process.ts <folder> hold` opens the books, sells a little, and stays until it is killed.
 * `node writer-process.ts <folder> sell <from> <count>` makes sales one group after another, and says `ack <n>` when one is acknowledged, `refused <n>` when the books refuse,
 * and `unknown <n>` before it ends with 70, as the service does.
 */
const [folder, what, from, count] = process.argv.slice(2)
if (folder === undefined) throw new Error('name a folder')
const site = openMarket(folder)
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

if (what === 'hold') {
  sell(site, 20)
  say('holding')
  setInterval(() => undefined, 1_000)
} else {
  say('open')
  for (let n = Number(from); n < Number(from) + Number(count); n += 1) sellOne(n)
  say('done')
}

function sellOne(n: number): void {
  try {
    site.commit(sale(`n${n}`, 10_000 + n, at()))
    say(`ack ${n}`)
  } catch (error) {
    if (error instanceof BooksRefuseError) {
      say(`refused ${n}`)
      return
    }
    say(error instanceof BooksUnknownError ? `unknown ${n}` : `bug ${String(error)}`)
    process.exit(70)
  }
}
