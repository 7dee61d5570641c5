import { expect, test } from 'vitest'
import type { ShownTextRefusal } from '../../../gateway/tokens/shown-text.ts'
import { LINK_ADDRESS_CHARACTERS_MAX, readShownText, TOKEN_CHARACTERS_MAX } from '../../../gateway/tokens/shown-text.ts'
import { pay, rotating, testKey } from './kit.ts'

const KEY = testKey('k1')
const TOKEN = pay(KEY)
const ROTATING = rotating(KEY, testKey('phone', 'ES256'))

test.each([
  ['a token as such', TOKEN, TOKEN],
  ['a rotating code as such', ROTATING, ROTATING],
  ['a link with the token behind its #', `https://pay.example/t#${TOKEN}`, TOKEN],
  ['a link of the site’s own network', `http://192.168.1.20:8080/parking#${TOKEN}`, TOKEN],
  ['a link with a rotating code', `https://pay.example/t?lang=vi#${ROTATING}`, ROTATING],
  ['a link in capitals, as dense QR codes spell it', `HTTPS://PAY.EXAMPLE/#${TOKEN}`, TOKEN],
])('finds the token in %s', (_name, shown, text) => {
  expect(readShownText(shown)).toEqual({ ok: true, text })
})

type Case = readonly [name: string, shown: string, refusal: ShownTextRefusal]
const refused: readonly Case[] = [
  [
    'an identity card with seven fields',
    '001099012345|012345678|Nguyễn Văn Thử|01011999|Nam|1 Phố Thử, Hà Nội|01012022',
    'id-card-shown',
  ],
  [
    'an identity card that has no older number',
    '001099012345||Nguyễn Văn Thử|01011999|Nam|1 Phố Thử|01012022',
    'id-card-shown',
  ],
  ['a card with more fields after the seven', '001099012345||A|01011999|Nam|B|01012022||||', 'id-card-shown'],
  ['a card with one field less', '001099012345|A|01011999|Nam|B|01012022', 'id-card-shown'],
  ['a number of nine digits', '012345678|A|B|01011999|Nam|C|01012022', 'id-card-shown'],
  ['a card with what a reader adds around it', ' 001099012345||A|01011999|Nam|B|01012022\r\n', 'id-card-shown'],
  ['fields that begin with no number', 'a|b|c|d|e|f|g', 'not-a-token'],
  ['a number with too few fields', '001099012345|a|b', 'not-a-token'],
  [
    'a static VietQR',
    '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F',
    'bank-qr-shown',
  ],
  [
    'a dynamic VietQR',
    '00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E',
    'bank-qr-shown',
  ],
  ['a merchant’s code of another country', '00020101021126...6304ABCD', 'bank-qr-shown'],
  ['a VietQR with a line’s end', '\n000201010211', 'bank-qr-shown'],
  ['a token with a line’s end', `${TOKEN}\n`, 'token-not-canonical'],
  ['a token with what a scanner adds', `${TOKEN}\r\n`, 'token-not-canonical'],
  ['a token with a space in front', ` ${TOKEN}`, 'token-not-canonical'],
  ['a token broken over two lines', `${TOKEN.slice(0, 80)}\n${TOKEN.slice(80)}`, 'token-not-canonical'],
  ['a token with padding', `${TOKEN}==`, 'token-not-canonical'],
  ['a token in the other base64 alphabet', 'eyJhbGciOiJ+.eyJ/.abc', 'token-not-canonical'],
  ['a link whose token has padding', `https://pay.example/#${TOKEN}=`, 'token-not-canonical'],
  ['a link without a #', 'https://pay.example/t', 'not-a-token'],
  ['a link with nothing behind its #', 'https://pay.example/#', 'not-a-token'],
  ['a link with another fragment', 'https://pay.example/#menu', 'not-a-token'],
  ['a link to no page', `ftp://pay.example/#${TOKEN}`, 'not-a-token'],
  ['a link in the wallet’s own scheme', `wallet://pay#${TOKEN}`, 'not-a-token'],
  ['a link with a space in it', `https://pay.example/ x#${TOKEN}`, 'not-a-token'],
  ['a token behind the query', `https://pay.example/?t=${TOKEN}`, 'not-a-token'],
  ['a JWS in JSON', '{"payload":"e30","signatures":[]}', 'not-a-token'],
  ['the name of a host', 'www.example.com', 'not-a-token'],
  ['a host that begins as a token does', 'eyewear.example', 'not-a-token'],
  ['a price', '50.000 ₫', 'not-a-token'],
  ['nothing', '', 'not-a-token'],
  ['a Wi-Fi code', 'WIFI:T:WPA;S:quan;P:12345678;;', 'not-a-token'],
]

test.each(refused)('refuses %s', (_name, shown, refusal) => {
  expect(readShownText(shown)).toEqual({ ok: false, refusal })
})

test('what is refused is not given back, so that nobody logs an identity card by mistake', () => {
  for (const [, shown] of refused) expect(Object.keys(readShownText(shown))).toEqual(['ok', 'refusal'])
})

test('a token of the greatest length is taken, and one of a character more refused', () => {
  const longest = `eyJ.${'a'.repeat(TOKEN_CHARACTERS_MAX - 4)}`
  expect(readShownText(longest)).toEqual({ ok: true, text: longest })
  expect(readShownText(`${longest}a`)).toEqual({ ok: false, refusal: 'token-too-long' })
})

test('a link’s address may be as long as its limit, and then the link is no link', () => {
  const address = `https://pay.example/${'a'.repeat(LINK_ADDRESS_CHARACTERS_MAX - 20)}`
  expect(address).toHaveLength(LINK_ADDRESS_CHARACTERS_MAX)
  const longest = `eyJ.${'a'.repeat(TOKEN_CHARACTERS_MAX - 4)}`
  expect(readShownText(`${address}#${longest}`)).toEqual({ ok: true, text: longest })
  expect(readShownText(`${address}a#${TOKEN}`)).toEqual({ ok: false, refusal: 'not-a-token' })
})

test.each([10_000, 1_000_000])('a text of %i characters is refused for its length alone', (characters) => {
  expect(readShownText('e'.repeat(characters))).toEqual({ ok: false, refusal: 'token-too-long' })
  expect(readShownText('|'.repeat(characters))).toEqual({ ok: false, refusal: 'token-too-long' })
})
