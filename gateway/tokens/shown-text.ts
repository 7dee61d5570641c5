import type { Refusal } from '../../core/refusals.ts'

/** Longer tokens are refused before anything is decoded (architecture, section 5). */
export const TOKEN_CHARACTERS_MAX = 2_048
/** What may stand before the `#` of a link: `https://` or `http://`, and an address. */
export const LINK_ADDRESS_CHARACTERS_MAX = 256

export type ShownText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly refusal: ShownTextRefusal }

export type ShownTextRefusal = Extract<
  Refusal,
  'not-a-token' | 'id-card-shown' | 'bank-qr-shown' | 'token-too-long' | 'token-not-canonical'
>

/**
 * Finds the token in what a reader read: the text as such, or the fragment of a link (which is never fetched, so a plain one of the site’s own network is as good). Refuses identity cards,
 * QR codes for receiving money, tokens in another spelling than their issuer's (white space, padding, the other base64
 * alphabet), what is too long, and all the rest. Says which, and never gives back a text that is not a token: nobody can log it by mistake.
 */
export function readShownText(shown: string): ShownText {
  if (shown.length > LINK_ADDRESS_CHARACTERS_MAX + 1 + TOKEN_CHARACTERS_MAX) return no('token-too-long')
  if (isIdCard(shown)) return no('id-card-shown')
  if (isBankQr(shown)) return no('bank-qr-shown')

  const text = fragmentOf(shown) ?? shown
  if (text.length > TOKEN_CHARACTERS_MAX) return no('token-too-long')
  if (looksLikeToken(text)) return { ok: true, text }
  return no(looksLikeToken(respelled(text)) ? 'token-not-canonical' : 'not-a-token')
}

/** A link's fragment; `undefined` for what is no link, or whose address is longer than the limit. */
function fragmentOf(shown: string): string | undefined {
  const hash = shown.indexOf('#')
  if (hash === -1 || hash > LINK_ADDRESS_CHARACTERS_MAX) return undefined
  return /^https?:\/\/[\x21-\x7e]+$/i.test(shown.slice(0, hash)) ? shown.slice(hash + 1) : undefined
}

/** A compact JWS or an SD-JWT begins with `{` and a quote or white space, in base64url. */
function looksLikeToken(text: string): boolean {
  return /^e(?:y[A-DI-L]|w[k-r0-3])[\w.~-]+$/.test(text) && text.includes('.')
}

/** The text with what other spellings of a token have in them taken out. */
function respelled(text: string): string {
  return text.replace(/[\s=]/g, '').replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * The QR of a Vietnamese identity card: fields parted by `|`, seven of them on the cards since 2021, the first the number of 12 digits (9 on
 * papers before). One field fewer or more is taken for a card as well: to refuse too many costs nothing, to keep one does.
 */
function isIdCard(shown: string): boolean {
  const fields = shown.trim().split('|')
  return fields.length >= 6 && /^(?:\d{12}|\d{9})$/.test(fields[0] ?? '')
}

/** EMVCo merchant-presented codes, VietQR among them, begin with field 00 (payload format indicator) of length 02 and value 01. */
function isBankQr(shown: string): boolean {
  return shown.trimStart().startsWith('000201')
}

function no(refusal: ShownTextRefusal): ShownText {
  return { ok: false, refusal }
}
