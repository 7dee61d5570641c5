import { createHash } from 'node:crypto'

/**
 * The dice of a simulated world. The same seed throws the same dice on every machine, and a fork has dice of its own by its name alone: a behaviour that
 * is added, or throws once more, moves nobody else's.
 */
export type Random = {
  /** A whole number from 0 to 2^32 - 1. */
  next(): number
  /** A whole number from 0 to `limit - 1`, each as likely. Throws on a limit that is not from 1 to 2^32. */
  below(limit: number): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** One of the names, as likely as its weight is of the sum of all. Weights are whole numbers, and one at least is above 0. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
  /** Milliseconds to the next of things that come independently of each other, `meanMs` apart on average; at most 10 times that. */
  waitMs(meanMs: number): number
  bytes(count: number): Uint8Array
  /** Lower-case hexadecimal digits, two for each byte. */
  hex(bytes: number): string
  /** Dice of its own. The same name gives the same dice again. */
  fork(name: string): Random
}

export function randomOf(seed: string | number): Random {
  return diceOf(String(seed))
}

export type XoshiroState = readonly [number, number, number, number]

/**
 * xoshiro128**, the generator of Blackman and Vigna (2018) for 32-bit words: period 2^128 - 1, passes BigCrush. The state is four words, not all 0.
 */
export function xoshiro128(state: XoshiroState): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotated(d, 11)
    return result
  }
}

const WORDS = 2 ** 32
const WAIT_OF_MEAN_MAX = 10

function diceOf(lineage: string): Random {
  const next = xoshiro128(stateOf(lineage))

  function below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > WORDS)
      throw new RangeError(`cannot throw a die of ${limit} sides`)
    // The last, incomplete round of sides is thrown again: no side is likelier than another.
    const fairBelow = WORDS - (WORDS % limit)
    let thrown = next()
    while (thrown >= fairBelow) thrown = next()
    return thrown % limit
  }

  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => below(256))

  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (probability) => next() < probability * WORDS,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('picked a hole in a list')
      return item
    },
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = below(names.reduce((sum, name) => sum + weights[name], 0))
      for (const name of names) {
        left -= weights[name]
        if (left < 0) return name
      }
      throw new RangeError('weights must be whole numbers from 0')
    },
    waitMs: (meanMs) => Math.round(Math.min(-Math.log(1 - next() / WORDS), WAIT_OF_MEAN_MAX) * meanMs),
    bytes,
    hex: (count) => Buffer.from(bytes(count)).toString('hex'),
    fork: (name) => diceOf(`${lineage}/${name}`),
  }
}

/** The names of a world's dice are short and alike; a hash makes states of them that have nothing in common. */
function stateOf(lineage: string): XoshiroState {
  const words = createHash('sha256').update(lineage).digest()
  return [words.readUInt32LE(0), words.readUInt32LE(4), words.readUInt32LE(8), words.readUInt32LE(12)]
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
