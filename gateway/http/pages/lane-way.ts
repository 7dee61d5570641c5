import type { Language } from '../../../core/money-text.ts'
import type { Lane } from '../../../core/site.ts'
import { words } from './words.ts'

/** Which way a lane leads, to stand beside its name; `null` where its name says so already, as most do. */
export function wayBeside({ name, direction }: Pick<Lane, 'name' | 'direction'>, language: Language): string | null {
  const { directions, ways } = words[language]
  const said = name.toLowerCase().split(/\s+/)
  const isSaid = ways[direction].split(' ').every((word) => said.includes(word))
  return isSaid ? null : directions[direction]
}
