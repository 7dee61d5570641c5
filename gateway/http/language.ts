import type { Language } from '../../core/money-text.ts'

/** Longer lists of languages are not read. */
const HEADER_CHARACTERS_MAX = 256

/** The better of Vietnamese and English for an `Accept-Language` header (RFC 9110, 12.5.4); `fallback` where it names neither. */
export function languageOf(header: string | undefined, fallback: Language): Language {
  if (header === undefined || header.length > HEADER_CHARACTERS_MAX) return fallback
  let best: { language: Language; quality: number } | undefined
  for (const range of header.split(',')) {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
    const language = spokenBy(tag.trim(), fallback)
    if (language === undefined) continue
    const quality = qualityOf(parameters)
    if (quality > 0 && quality > (best?.quality ?? 0)) best = { language, quality }
  }
  return best?.language ?? fallback
}

export function isLanguage(text: string | undefined): text is Language {
  return text === 'vi' || text === 'en'
}

function spokenBy(tag: string, fallback: Language): Language | undefined {
  if (tag === '*') return fallback
  const primary = tag.split('-')[0]
  return isLanguage(primary) ? primary : undefined
}

function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [, text] = /^\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/.exec(parameter) ?? []
    if (text !== undefined) return Number(text)
  }
  return 1
}
