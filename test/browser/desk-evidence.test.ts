import type { Buffer } from 'node:buffer'
import type { Locator, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import * as caseWire from '../../gateway/http/parking/case-schemas.ts'
import * as stayWire from '../../gateway/http/parking/stay-schemas.ts'
import { DESK, PHONE, picture, within } from './browser.ts'
import { agree, closeDialog, comesIn, goOn, lastTicket, result, said, staysOf, withGate } from './desk-kit.ts'
import type { Gate } from './gate.ts'
import type { Photographer, Shot } from './photographs.ts'
import { openPhotographer } from './photographs.ts'

describe('what an attendant goes by: pictures, stays, a ticket that was photographed', () => {
  let photographer: Photographer

  const test = withGate(async ({ browser }) => {
    photographer = await openPhotographer(browser)
  })

  const cases = (page: Page): Locator => page.locator('section[aria-labelledby="cases-title"]')

  test('a case of two pictures shows both on a tap: one under the other on a phone, side by side where there is room', async ({
    gate,
    signedIn,
  }) => {
    await mismatch(gate)
    const page = await signedIn('gate-1')
    const asked: { readonly url: string; readonly headers: Record<string, string> }[] = []
    page.on('request', (request) => {
      if (request.url().includes('/v1/pictures/')) asked.push({ url: request.url(), headers: request.headers() })
    })
    const look = cases(page).getByRole('button', { name: 'Xem ảnh (2)' })
    await look.waitFor({ timeout: 20_000 })
    expect(asked).toEqual([])
    await look.click()
    const drawn = cases(page).locator('canvas')
    await expect.poll(() => drawn.count()).toBe(2)
    expect(await cases(page).locator('figcaption').allInnerTexts()).toEqual(['Ảnh 1 · Làn vào', 'Ảnh 2 · Làn ra'])
    expect(await plateColours(drawn)).toEqual(['red', 'blue'])
    expect(asked).toHaveLength(4)
    for (const { headers } of asked) {
      expect(headers['authorization']).toMatch(/^Bearer gate-1\./)
      expect(headers['cookie']).toBeUndefined()
    }
    expect(await within(page, 'textOfLowContrast()')).toEqual([])

    const [first, second] = await boxes(drawn)
    expect(second.y).toBeGreaterThanOrEqual(first.y + first.height)
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    await cases(page).scrollIntoViewIfNeeded()
    await picture(page, 'desk-pictures-phone')
    await page.setViewportSize(DESK)
    await drawn.first().scrollIntoViewIfNeeded()
    const [left, right] = await boxes(drawn)
    expect([right.y, right.x >= left.x + left.width]).toEqual([left.y, true])
    await picture(page, 'desk-pictures-desk')

    await drawn.first().click()
    const [large] = await boxes(drawn)
    expect(large.width).toBeGreaterThan(DESK.width * 0.9)
    await page.keyboard.press('Escape')
    expect((await boxes(drawn))[0]).toEqual(left)

    // They stay while other things change, and go when they are put away.
    await gate.entry.stands(true)
    await gate.entry.stands(false)
    await expect.poll(() => drawn.count()).toBe(2)
    await page.getByRole('button', { name: 'Cất ảnh' }).click()
    expect(await drawn.count()).toBe(0)
  })

  test('a picture that is not there says why, and one whose answer is lost is fetched again', async ({ signedIn }) => {
    const page = await signedIn('boss')
    const names: unknown[] = [
      { name: null, isKept: false },
      { name: 'frigate-1.a-b', isKept: false },
    ]
    await page.route('**/v1/pictures/*/name', async (route) => {
      const known: object = await (await route.fetch()).json()
      await route.fulfill({ json: { ...known, ...Object(names.shift()) } })
    })
    await cases(page).getByRole('button', { name: 'Xem ảnh (2)' }).click({ timeout: 20_000 })
    await expect.poll(() => said(cases(page))).toContain('Ảnh này không còn được giữ.')
    expect(await said(cases(page))).toContain('Đầu ghi của camera tự giữ ảnh này, dưới tên frigate-1.a-b.')
    await picture(page, 'desk-pictures-gone')
    await page.unrouteAll()

    await page.getByRole('button', { name: 'Cất ảnh' }).click()
    let isDead = true
    await page.route('**/v1/pictures/*', (route) => (isDead ? route.abort() : route.fallback()))
    await cases(page).getByRole('button', { name: 'Xem ảnh (2)' }).click()
    await expect.poll(() => page.getByRole('button', { name: 'Lấy lại' }).count()).toBe(2)
    isDead = false
    await page.getByRole('button', { name: 'Lấy lại' }).first().click()
    await expect.poll(() => cases(page).locator('canvas').count()).toBe(1)
  })

  test('who works at another lane sees neither the case nor its pictures', async ({ gate, signedIn }) => {
    const page = await signedIn('gate-2')
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await expect.poll(() => said(cases(page))).toContain('Không có việc nào.')
    expect(await page.getByRole('button', { name: /^Xem ảnh/ }).count()).toBe(0)
    // The first picture was taken at the entry, where they work; the second at the exit.
    const [ours, theirs] = (await openCases(gate)).flatMap(({ pictures }) => pictures)
    const headers = { authorization: `Bearer ${gate.token('gate-2')}` }
    for (const [ref, status] of [
      [ours, 200],
      [theirs, 404],
    ]) {
      expect((await fetch(`${gate.address}/v1/pictures/${ref}`, { headers })).status).toBe(status)
      expect((await fetch(`${gate.address}/v1/pictures/${ref}/name`, { headers })).status).toBe(status)
    }
    expect(asked.filter((url) => url.includes('/v1/pictures/'))).toEqual([])
  })

  test('the stays of a place are listed page by page, the longest first, and from there a validation of any amount is given', async ({
    gate,
    signedIn,
  }) => {
    await comesIn(gate)
    await comesIn(gate)
    const sessions = await staysOf(gate, 'oldest')
    expect(sessions.length).toBeGreaterThanOrEqual(3)
    const page = await signedIn('boss')
    // A page of two, and the first has stood there for longer than stays may last.
    await page.route('**/v1/sessions?*', async (route) => {
      const url = new URL(route.request().url())
      url.searchParams.set('limit', '2')
      const page = stayWire.sessions.parse(await (await route.fetch({ url: url.href })).json())
      const old = (id: string, at: number): number => (id === sessions[0]?.id ? at - 31 * 86_400_000 : at)
      const changed = page.sessions.map((each) => ({
        ...each,
        entry: { ...each.entry, at: old(each.id, each.entry.at) },
      }))
      await route.fulfill({ json: { ...page, sessions: changed } })
    })
    await page.locator('#stays-place').selectOption('lot')
    await page.locator('#stays-look').click()
    const rows = page.locator('#stays li')
    await expect.poll(() => rows.count()).toBe(2)
    const [first = '', second = ''] = await rows.allInnerTexts()
    expect(first).toContain('31 ngày')
    expect(first).toContain('⚠ lâu hơn 30 ngày')
    expect(second).not.toContain('⚠')
    expect(await within(page, 'textOfLowContrast()')).toEqual([])
    await picture(page, 'desk-stays-phone')
    await page.locator('#stays-next').click()
    await expect.poll(() => rows.count()).toBe(sessions.length - 2)
    await page.getByRole('button', { name: 'Về đầu' }).click()
    await expect.poll(() => rows.count()).toBe(2)

    await rows.first().locator('button').click()
    const open = page.locator('#open-stay')
    await open.getByRole('button', { name: 'Giảm tiền, bãi xe chịu' }).click()
    await page.locator('#field-id').fill('hd-118')
    await page.locator('#field-holder').fill('Siêu thị')
    await page.locator('#field-reason').fill('Thang máy hỏng')
    await page.locator('#field-minutes').fill('0')
    await goOn(page)
    expect(await said(page.locator('#field-minutes-wrong'))).toBe('Viết một số nguyên từ 1 đến 527040.')
    await page.locator('#field-relief').selectOption('amount')
    expect(await page.locator('#field-minutes').isVisible()).toBe(false)
    await page.locator('#field-amount').fill('1.260.000')
    await goOn(page)
    expect(await said(page.locator('dialog .lines'))).toContain('Số tiền: 1.260.000 ₫')
    expect(await said(page.locator('dialog .lines'))).not.toContain('Số phút đầu: ')
    await agree(page)
    expect(await result(page)).toContain('✓')
    await closeDialog(page)
    await expect.poll(() => said(open)).toContain('Cần trả: 0 ₫')
  })

  test('an attendant’s list names the stays behind their lanes', async ({ signedIn }) => {
    const page = await signedIn('gate-1')
    await page.locator('#stays-look').click()
    await expect.poll(() => page.locator('#stays li').count()).toBeGreaterThanOrEqual(3)
    await page.locator('#stays li button').last().click()
    await expect.poll(() => said(page.locator('#open-stay'))).toContain('Vào lúc')
    await page.locator('#stays-place').selectOption('yard')
    await page.locator('#stays-look').click()
    await expect.poll(() => said(page.locator('#stays'))).toContain('Không có xe nào.')
  })

  test('what is noted some minutes later has the time at which it was', async ({ gate, signedIn }) => {
    const page = await signedIn('gate-1')
    await page.locator('#note-in').click()
    expect(await page.locator('#field-cash').count(), 'nothing is taken at an entry').toBe(0)
    await page.locator('#field-plate').fill('29C-456.78')
    await page.locator('#field-vehicleClass').selectOption('car')
    await page.locator('#field-reason').fill('Mất điện')
    expect(await page.locator('#field-minutesAgo').isVisible(), 'just now, unless another time is said').toBe(false)
    await page.locator('#field-when').selectOption('ago')
    await page.locator('#field-minutesAgo').fill('10081')
    await goOn(page)
    expect(await said(page.locator('#field-minutesAgo-wrong'))).toBe('Viết một số nguyên từ 0 đến 10080.')
    await page.locator('#field-minutesAgo').fill('45')
    await picture(page, 'desk-minutes-ago')
    const was = Date.now() - 45 * 60_000
    await goOn(page)
    await agree(page)
    await closeDialog(page)
    await expect.poll(() => page.locator('#late [data-state="handed-in"]').count(), { timeout: 20_000 }).toBe(1)
    const sessions = await staysOf(gate, 'oldest')
    const [stay] = sessions
    expect(Math.abs((stay?.entry.at ?? 0) - was)).toBeLessThan(10_000)
  })

  test('what is noted off a paper has the time of day that stands on it, by the clock of the site', async ({
    gate,
    signedIn,
  }) => {
    // A phone that was brought from elsewhere shows its own time, and is not asked for it.
    const page = await signedIn('gate-1', { timezoneId: 'America/New_York' })
    await page.locator('#note-in').click()
    await page.locator('#field-plate').fill('29C-456.79')
    await page.locator('#field-vehicleClass').selectOption('car')
    await page.locator('#field-reason').fill('Mất điện')
    await page.locator('#field-when').selectOption('clock')
    await goOn(page)
    expect(await said(page.locator('#field-time-wrong'))).toBe('Phải điền mục này.')
    const yesterday = await page.locator('#field-day option').nth(1).getAttribute('value')
    await page.locator('#field-day').selectOption(yesterday ?? '')
    await page.locator('#field-time').fill('22:10')
    expect(await said(page.locator('#field-time-wrong')), 'what is being mended is not called wrong').toBe('')
    expect(await said(page.locator('output[for="field-time"]'))).toMatch(/^= 22:10 \d/)
    await picture(page, 'desk-time-of-day')
    await goOn(page)
    expect(await said(page.locator('dialog .lines'))).toContain('Giờ: 22:10 ')
    await agree(page)
    await closeDialog(page)
    const was = Date.parse(`${yesterday}T22:10:00+07:00`)
    await expect
      .poll(async () => (await staysOf(gate)).some(({ entry }) => Math.abs(entry.at - was) < 10_000), {
        timeout: 20_000,
      })
      .toBe(true)
  })

  test('a ticket that was checked goes with no other vehicle, also where the note is left', async ({
    gate,
    signedIn,
  }) => {
    await comesIn(gate)
    const page = await signedIn('gate-1')
    await page.locator('#ticket-text').fill(lastTicket(gate))
    await page.locator('#ticket-check').click()
    await expect.poll(() => said(page.locator('#ticket-result'))).toContain('Số trên vé')
    await page.locator('#note-out').click()
    expect(await said(page.locator('dialog .lines'))).toMatch(/kèm vé: vào .+, số \d{4}/)
    await page.getByRole('button', { name: 'Thôi' }).click()
    await page.locator('#note-in').click()
    expect(await page.locator('dialog .lines').count()).toBe(0)
  })

  test('a let-out that fits nothing stays with its cash, and is put right as of its own time', async ({ signedIn }) => {
    const page = await signedIn('gate-1')
    await page.locator('#note-out').click()
    await page.locator('#field-plate').fill('88A-888.88')
    await page.locator('#field-when').selectOption('ago')
    await page.locator('#field-minutesAgo').fill('1')
    await page.locator('#field-cash').fill('25.000')
    await page.locator('#field-reason').fill('Mất điện')
    await goOn(page)
    await agree(page)
    await closeDialog(page)
    const unbooked = page.locator('#late-unbooked')
    await unbooked.waitFor({ timeout: 20_000 })
    expect(await said(unbooked)).toContain('25.000 ₫')
    const sent: { readonly key: string; readonly at: string }[] = []
    page.on('request', (request) => {
      if (!request.url().endsWith('/late-events')) return
      const { occurredAt } = request.postDataJSON()
      sent.push({ key: request.headers()['idempotency-key'] ?? '', at: occurredAt })
    })
    await page.getByRole('button', { name: 'Sửa rồi gửi lại' }).click()
    expect(await page.locator('#field-cash').inputValue()).toBe('25000')
    await page.locator('#field-plate').fill('88A-888.89')
    await picture(page, 'desk-mend')
    await goOn(page)
    await agree(page)
    await closeDialog(page)
    await expect.poll(() => sent.length, { timeout: 20_000 }).toBe(1)
    expect(Date.now() - Date.parse(sent[0]?.at ?? '')).toBeGreaterThan(60_000)
    await unbooked.waitFor({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Đã xem' }).click()
    await expect.poll(() => unbooked.count()).toBe(0)
  })

  /** What the decoder reads, and what it does not: then the page says so, and the ticket's text can be typed. */
  const shots: readonly (readonly [string, Shot, 'VÉ THẬT' | 'Không thấy mã QR'])[] = [
    ['turned, from the side', { turnedDegrees: 25, aside: 0.25 }, 'VÉ THẬT'],
    ['upside down, from far to the side', { turnedDegrees: 190, aside: 0.4 }, 'VÉ THẬT'],
    ['blurred by a third of a module', { blurPixels: 2.5 }, 'VÉ THẬT'],
    ['nearly dark, with a lamp at one side', { light: 0.15, noise: 12 }, 'VÉ THẬT'],
    ['all of it a little', { turnedDegrees: 12, aside: 0.15, blurPixels: 1.5, light: 0.3, noise: 20 }, 'VÉ THẬT'],
    ['small, from afar', { share: 0.25 }, 'VÉ THẬT'],
    ['blurred by a module', { blurPixels: 7 }, 'Không thấy mã QR'],
    ['in the dark', { light: 0.02, noise: 12 }, 'Không thấy mã QR'],
  ]
  test('a ticket is read from a photograph that is skewed, blurred or dark, up to where nobody could, and then it says so', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    const link = `https://gate.example/parking#${lastTicket(gate)}`
    const read: Record<string, string> = {}
    for (const [name, shot] of shots) {
      const buffer: Buffer = await photographer.ticket(link, shot)
      await page.locator('#ticket-picture').setInputFiles({ name: 'ticket.jpg', mimeType: 'image/jpeg', buffer })
      const answer = page.locator('#ticket-result .state')
      await expect.poll(() => answer.count(), { timeout: 15_000 }).toBe(1)
      read[name] = await said(answer)
    }
    const short = Object.fromEntries(Object.entries(read).map(([name, text]) => [name, wordsOf(text)]))
    expect(short).toEqual(Object.fromEntries(shots.map(([name, , says]) => [name, says])))
  })

  test('the other language at the sign-in still leads to this page', async ({ browser, gate }) => {
    const page = await browser.newPage({ locale: 'vi-VN', viewport: PHONE })
    await page.goto(`${gate.address}/desk`)
    await page.getByRole('link', { name: 'English' }).click()
    await page.locator('#token').fill(gate.token('gate-1'))
    await page.locator('form[action="/session"] button').first().click()
    await page.waitForURL(`${gate.address}/desk`)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await page.close()
  })

  /** A car comes in by a ticket, its picture is taken and its plate typed; another car drives out with that ticket. */
  async function mismatch(gate: Gate): Promise<void> {
    const before = await photographer.vehicle('30A-123.45', '#c00000')
    const after = await photographer.vehicle('51F-999.99', '#0000c0')
    const opened = gate.entry.opened()
    await gate.entry.stands(true)
    await expect
      .poll(async () => (await gate.ask('POST', '/v1/lanes/in-1/ticket', { vehicleClass: 'car' })).status)
      .toBe(200)
    await expect.poll(() => [gate.entry.opened(), gate.entry.tickets().length]).toEqual([opened + 1, 1])
    expect(await gate.entry.sees('30A12345', 40, new Uint8Array(before))).toBe(200)
    await gate.entry.drivesThrough()
    const [stay] = await staysOf(gate)
    const correction = { correction: { kind: 'plate', plate: '30A-123.45' }, reason: 'x' }
    expect((await gate.ask('POST', `/v1/sessions/${stay?.id}/corrections`, correction)).status).toBe(200)
    await gate.exit.stands(true)
    await gate.exit.shows(lastTicket(gate))
    const asks = async (): Promise<boolean> =>
      JSON.stringify((await gate.ask('GET', '/v1/lanes')).json).includes('"due":{')
    await expect.poll(asks).toBe(true)
    expect(await gate.exit.sees('51F99999', 99, new Uint8Array(after))).toBe(200)
    await expect.poll(async () => (await openCases(gate)).map(({ pictures }) => pictures.length)).toEqual([2])
    await gate.exit.stands(false)
  }

  async function openCases(gate: Gate): Promise<readonly { readonly pictures: readonly string[] }[]> {
    return caseWire.cases.parse((await gate.ask('GET', '/v1/cases')).json).cases
  }
})

/** What it comes to, of all that the page says. */
function wordsOf(text: string): string {
  return text.includes('✓ VÉ THẬT') ? 'VÉ THẬT' : text.includes('Không thấy mã QR') ? 'Không thấy mã QR' : text
}

type At = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

async function boxes(drawn: Locator): Promise<readonly [At, At]> {
  const [first, second] = await Promise.all([drawn.nth(0).boundingBox(), drawn.nth(1).boundingBox()])
  if (first === null || second === null) throw new Error('a picture is not there')
  return [first, second]
}

/** Which car is on it: the colour of its bonnet. */
function plateColours(drawn: Locator): Promise<readonly string[]> {
  return drawn.evaluateAll((all) =>
    all.map((one) => {
      const canvas = one as unknown as {
        width: number
        getContext(of: '2d'): { getImageData(x: number, y: number, w: 1, h: 1): { data: ArrayLike<number> } }
      }
      const scale = canvas.width / 1_280
      const [red = 0, , blue = 0] = Array.from(
        canvas.getContext('2d').getImageData(Math.round(640 * scale), Math.round(320 * scale), 1, 1).data,
      )
      return red > blue ? 'red' : 'blue'
    }),
  )
}
