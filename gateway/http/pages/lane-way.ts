import type { Language } from '../../../core/money-text.ts'
import type { Lane } from '../../../core/site.ts'
import { words } from './words.ts'

/** Which way a lane leads, to stand beside its name; `null` where its name says so already, as most do. */
export function wayBeside({ name, direction }: Pick<Lane, 'name' | 'direction'>, language: Language): string | null {
  const way = words[language].directions[direction]
  const said = name.toLowerCase().split(/\s+/)
  const telling = way
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== 'làn')
  return telling.every((word) => said.includes(word)) ? null : way
}
