import jsQR from 'jsqr'
import type { Browser, Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { laneId, siteId } from '../../core/ids.ts'
import { instant, later, MINUTE_MS } from '../../core/time.ts'
import { transferReference } from '../../core/transfer-reference.ts'
import { ticketLink } from '../../gateway/sinks/ticket-link.ts'
import { chargedStay, fakePark, STAY, STAY_CHARGE, TICKET_TEXT, YARD_STAY } from '../gateway/http/fake-park.ts'
import { committed, dong } from '../gateway/http/kit.ts'
import type { Watched } from './browser.ts'
import { looksRight, PHONE, picture, VIEWS, watched, withBrowser, within } from './browser.ts'
import type { Hall } from './hall.ts'
import { openHall } from './hall.ts'

describe('the pages of a car park in a browser', () => {
  let browser: Browser
  let hall: Hall

  withBrowser(
    async (opened) => {
      browser = opened
      hall = await openHall(false)
    },
    () => hall.stop(),
  )
  beforeEach(() => fill(hall))

  for (const [name, viewport, colorScheme] of VIEWS) {
    test(`a driver’s pages and the live page fit a ${name} of ${viewport.width} pixels, ${colorScheme}, and are readable in both languages`, async () => {
      const { page, wrongs } = await open(viewport, colorScheme)
      await page.goto(hall.signInAddress('office'))
      await page.waitForURL(`${hall.address}/`)
      for (const language of ['vi', 'en']) {
        const shown = (shot: string): Promise<void> =>
          looksRight(page, viewport.width, language, `${shot}-${name}-${colorScheme}-${language}`)
        await page.goto(`${hall.address}/parking?lang=${language}`)
        await shown('parking-start')
        await byTicket(page)
        await shown('parking-stay')
        await page.locator('form[action="/parking/pay"] button').click()
        await page.waitForSelector('svg.qr')
        await shown('parking-pay')
        settled(hall, 85_000, 0)
        await byTicket(page)
        expect(await page.locator('.state.good').innerText()).toContain(language === 'vi' ? 'Đã trả đủ' : 'All is paid')
        await shown('parking-paid')
        settled(hall, 50_000, 40 * MINUTE_MS)
        await byTicket(page)
        const rest = language === 'vi' ? 'Đây là phần còn lại' : 'This is the rest'
        expect(await page.locator('.state.warn').innerText()).toContain(rest)
        await shown('parking-overdue')
        fill(hall)
        owes(hall, 60_000)
        await byTicket(page)
        const owed = language === 'vi' ? 'xe này nợ từ lượt trước' : 'it is owed from an earlier visit'
        expect(await page.locator('main').innerText()).toContain(owed)
        await shown('parking-debts')
        fill(hall)
        await page.goto(`${hall.address}/?lang=${language}`)
        await shown('live-parking')
      }
      expect(wrongs).toEqual([])
      await page.context().close()
    })
  }

  test('the ticket of a QR code is in no address, no history and no referrer', async () => {
    const { page, wrongs } = await open(PHONE, 'dark')
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`))
    await byTicket(page)
    expect(asked.filter((each) => each.includes(TICKET_TEXT))).toEqual([])
    expect(page.url()).toBe(`${hall.address}/parking`)
    await page.goBack()
    expect(page.url()).not.toContain('eyJ')
    expect(wrongs).toEqual([])
    await page.context().close()
  })

  test('plate and digits are typed without a mouse, and the bill stands there', async () => {
    const { page } = await open(PHONE, 'light')
    await page.goto(`${hall.address}/parking`)
    await page.locator('#plate').focus()
    await page.keyboard.type('30a-123.45')
    await page.keyboard.press('Tab')
    await page.keyboard.type('0042')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.bill')
    const text = (await page.locator('main').innerText()).replaceAll('\u00a0', ' ')
    for (const said of ['Bãi chính', '…2345', 'Giờ thứ 1 đến 2', 'Tổng cộng: 85.000 ₫']) expect(text).toContain(said)
    expect(text).not.toContain('Sân sau')
    await page.context().close()
  })

  test.each([
    ['vi', 'light', 'Trả bằng chuyển khoản (VietQR)', 'Mở bằng biển số'],
    ['en', 'dark', 'Pay by bank transfer (VietQR)', 'Opened by the plate'],
  ] as const)(
    'where no ticket was given the digits are left empty, and the page shows in %s what is to be paid and no more',
    async (language, colorScheme, pay, said) => {
      hall.books.park.payByPlateAlone = true
      hall.books.park.stays = hall.books.park.stays.map((stay) =>
        stay.session.id === STAY ? { ...stay, session: { ...stay.session, credentials: [] } } : stay,
      )
      const { page, wrongs } = await open(PHONE, colorScheme)
      await page.goto(`${hall.address}/parking?lang=${language}`)
      await looksRight(page, PHONE.width, language, `parking-start-plate-alone-phone-${colorScheme}-${language}`)
      await page.locator('#plate').fill('30a-123.45')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#by-plate')
      await looksRight(page, PHONE.width, language, `parking-stay-plate-alone-phone-${colorScheme}-${language}`)
      expect(await page.locator('main').innerText()).toContain(said)
      expect(await page.locator('.bill').count()).toBe(0)
      await page.getByRole('button', { name: pay }).click()
      await page.waitForSelector('svg.qr')
      expect(await page.locator('#by-plate').count(), 'it is named so again').toBe(1)
      expect(wrongs).toEqual([])
      await page.context().close()
    },
  )

  test('the code on the page is read by a camera as the VietQR of that amount and charge', async () => {
    const { page } = await open(PHONE, 'dark')
    await byTicket(page)
    await page.locator('form[action="/parking/pay"] button').click()
    await page.waitForSelector('svg.qr')
    const pixels = await page.evaluate<{ data: number[]; size: number }>(READ_QR)
    const code = jsQR.default(Uint8ClampedArray.from(pixels.data), pixels.size, pixels.size)
    expect(code?.data).toContain('540585000')
    expect(code?.data).toContain(transferReference(STAY_CHARGE, siteId('cho-1')))
    await page.context().close()
  })

  // The last one: after a few wrong digits nobody may try any more.
  test('who typed wrong digits is told so in their language, and led back to where a driver begins', async () => {
    for (const [language, colorScheme] of [
      ['vi', 'dark'],
      ['en', 'light'],
    ] as const) {
      const { page } = await open(PHONE, colorScheme)
      await page.goto(`${hall.address}/parking?lang=${language}`)
      await page.locator('#plate').fill('30A-123.45')
      await page.locator('#digits').fill('9999')
      await page.keyboard.press('Enter')
      await page.waitForSelector('body[data-page="problem"]')
      expect(await within(page, 'textOfLowContrast()')).toEqual([])
      await picture(page, `parking-wrong-digits-phone-${colorScheme}-${language}`)
      await page.locator('main a').click()
      expect(page.url()).toBe(`${hall.address}/parking`)
      await page.context().close()
    }
  })

  async function open(viewport: typeof PHONE, colorScheme: 'dark' | 'light'): Promise<Watched> {
    const context = await browser.newContext({ locale: 'vi-VN', viewport, colorScheme })
    return watched(context, hall.address)
  }

  async function byTicket(page: Page): Promise<void> {
    // Through an empty page: a change of the fragment alone loads nothing.
    await page.goto('about:blank')
    await page.goto(ticketLink(TICKET_TEXT, hall.address))
    await page.waitForSelector('.bill')
  }
})

/** Paints the code as a camera would see it. */
const READ_QR = `new Promise((resolve) => {
  const svg = document.querySelector('svg.qr')
  const size = 240
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const drawing = canvas.getContext('2d')
  const cells = Number(svg.getAttribute('viewBox').split(' ')[2])
  drawing.fillStyle = '#fff'
  drawing.fillRect(0, 0, size, size)
  drawing.scale(size / cells, size / cells)
  drawing.fillStyle = '#000'
  drawing.fill(new Path2D(svg.querySelector('path').getAttribute('d')))
  resolve({ data: [...drawing.getImageData(0, 0, size, size).data], size })
})`

/** So much was paid so long ago. */
function settled(hall: Hall, paid: number, agoMs: number): void {
  const at = later(instant(Date.now()), -agoMs)
  hall.books.park.stays = hall.books.park.stays.map((stay) =>
    stay.session.id === STAY ? chargedStay(stay, paid, paid, at) : stay,
  )
}

/** The plate of the stay that a driver looks at owes so much from before. */
function owes(hall: Hall, amount: number): void {
  const before = hall.books.park.stays.find(({ session }) => session.id === YARD_STAY)
  const { charge = null } = before === undefined ? {} : chargedStay(before, amount, 0, null)
  if (charge === null) throw new Error('no stay of before')
  hall.books.park.debts = [{ charge: { ...charge, status: 'owed' }, session: YARD_STAY }]
}

/** A morning in the car park: one vehicle is asked to pay, which is not that of the driver who looks at their phone, one stands there and nobody knows it, the yard is full. */
function fill(hall: Hall): void {
  const now = instant(Date.now())
  const fresh = fakePark(now)
  hall.books.park.stays = fresh.stays.map((stay) => ({
    ...stay,
    // Not on the hour, so that the bill does not change while the test looks.
    session: { ...stay.session, entry: { ...stay.session.entry, at: later(stay.session.entry.at, 20 * MINUTE_MS) } },
  }))
  hall.books.park.cases = fresh.cases
  hall.books.park.debts = []
  hall.books.park.payByPlateAlone = undefined
  const asked = { charge: STAY_CHARGE, due: dong(85_000), at: now, holdsUntil: later(now, MINUTE_MS) }
  const visit = { presence: 7, since: now, plate: null, picture: null, session: null, right: null, asked: null }
  hall.books.lanes = hall.books.lanes.map((view) => ({
    ...view,
    state: {
      ...view.state,
      phase: { kind: 'vehicle-present' },
      approach: true,
      presence: 7,
      visit: view.lane.id === laneId('lane-out') ? { ...visit, session: YARD_STAY, asked } : visit,
    },
  }))
  hall.path.reply = () => {
    hall.books.park.stays = hall.books.park.stays.map((stay) =>
      stay.session.id === STAY ? chargedStay(stay, 85_000, 0, null) : stay,
    )
    return committed({
      ok: true,
      kind: 'amount-asked',
      session: STAY,
      charge: STAY_CHARGE,
      due: dong(85_000),
      holdsUntil: null,
    })
  }
}
