import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBuffer } from 'qrcode'
import { afterAll, describe, expect } from 'vitest'
import { z } from 'zod'
import { right } from '../../gateway/http/parking/right-schemas.ts'
import * as wire from '../../gateway/http/schemas.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { DESK, looksRight, PHONE, picture, VIEWS, within } from './browser.ts'
import { agree, closeDialog, comesIn, goOn, lastTicket, result, SLOW_MS, said, staysOf, withGate } from './desk-kit.ts'
import type { Gate } from './gate.ts'

/** What a person of ill will writes where it is shown to somebody else. */
const HOSTILE = '<img src=x onerror=document.body.dataset.ran=1>'

describe('the attendant’s page at a real gateway', () => {
  const folder = temporaryFolder()
  const test = withGate()
  afterAll(() => folder.remove())

  test('an attendant gives a ticket, takes the cash that it costs, and the barrier opens each time', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    await gate.entry.stands(true)
    await page.locator('#ticket-in-1').click()
    await page.locator('#field-vehicleClass').selectOption('car')
    await goOn(page)
    const opened = gate.entry.opened()
    await agree(page)
    expect(await result(page)).toContain('✓')
    await closeDialog(page)
    await expect.poll(() => gate.entry.opened()).toBe(opened + 1)
    const comes = page.locator('#lane-in-1')
    await expect.poll(() => said(comes)).toContain('Vào lúc')
    await expect.poll(() => page.locator('#stay-in-1').count()).toBe(1)
    expect(await page.locator('#ask-in-1').count(), 'nobody pays on the way in').toBe(0)
    expect(await said(comes)).not.toContain('Cách tính')
    await gate.entry.drivesThrough()

    await gate.exit.stands(true)
    await gate.exit.shows(lastTicket(gate))
    const lane = page.locator('#lane-out-1')
    await expect.poll(() => said(lane)).toContain('Chờ trả tiền')
    await expect.poll(() => said(lane)).toContain('Cần trả: 25.000 ₫')
    expect(await said(lane), 'whose it is').toContain('không rõ biển số · Ô tô · Vào lúc')
    await lane.locator('summary').click()
    await expect.poll(() => said(lane)).toContain('Tổng cộng: 25.000 ₫')
    await picture(page, 'desk-asked')

    await page.locator('#cash-out-1').click()
    await page.locator('#field-amount').fill('60.5')
    await goOn(page)
    await expect.poll(() => said(page.locator('#field-amount-wrong'))).toContain('số nguyên đồng')
    await page.locator('#field-amount').fill('20000')
    expect(await said(page.locator('.echo').first())).toBe('= 20.000 ₫')
    await goOn(page)
    expect(await said(page.locator('dialog .lines'))).toContain('Số tiền: 20.000 ₫')
    await agree(page)
    expect(await result(page)).toContain('CÒN THIẾU 5.000 ₫')
    await closeDialog(page)
    await expect.poll(() => said(lane)).toContain('Cần trả: 5.000 ₫')

    const before = gate.exit.opened()
    await page.locator('#cash-out-1').click()
    await page.locator('#field-amount').fill('5.000')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Đã trả đủ.')
    await picture(page, 'desk-paid')
    await closeDialog(page)
    await expect.poll(() => gate.exit.opened()).toBe(before + 1)
    await expect.poll(() => said(lane)).toContain('Đã mở')
    expect(await said(lane), 'nobody is asked for what was paid').not.toContain('Cần trả')
    expect(await page.locator('#cash-out-1, #debt-out-1').count()).toBe(0)
    await gate.exit.drivesThrough()
  })

  test('cash that change cannot explain is asked about again, and booked when it is confirmed', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    await comesIn(gate)
    await gate.exit.stands(true)
    await gate.exit.shows(lastTicket(gate))
    await page.locator('#cash-out-1').click()
    await page.locator('#field-amount').fill('1.500.000')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Tiền mặt nhiều hơn số cần trả')
    await picture(page, 'desk-doubted')
    await page.getByRole('button', { name: 'Đúng, đã nhận chừng đó' }).click()
    await expect.poll(() => result(page)).toContain('THỪA 1.475.000 ₫: đưa lại cho khách, rồi ghi “Trả lại tiền”')
    await gate.exit.drivesThrough()
    await givesBack(gate, 1_475_000)
  })

  test('a refused act says why in the words of the box, and another language in those of that language', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    await page.locator('#ticket-in-1').click()
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Chưa thấy xe')
    await picture(page, 'desk-refused')
    await closeDialog(page)
    await page.goto(`${gate.address}/desk?lang=en`)
    await page.locator('#ticket-in-1').click()
    await goOn(page)
    await agree(page)
    expect(await result(page)).toMatch(/no vehicle/i)
  })

  test('an act whose answer is lost goes out again under its own key, also after a reload, and is booked once', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    const keys: string[] = []
    let isLost = true
    await page.route('**/v1/occupancy', async (route) => {
      const request = route.request()
      if (request.method() !== 'POST') return route.fallback()
      keys.push(request.headers()['idempotency-key'] ?? '')
      if (!isLost) return route.fallback()
      // It was booked, and nobody heard of it.
      await route.fetch()
      return route.abort()
    })
    const records = await corrections(gate)
    await page.locator('section[aria-labelledby="spaces-title"] button').first().click()
    await page.locator('#field-count').fill('37')
    await page.locator('#field-reason').fill('Đếm tay')
    await goOn(page)
    await agree(page)
    await expect.poll(() => said(page.locator('dialog')), { timeout: 15_000 }).toContain('CHƯA CÓ TRẢ LỜI')
    await picture(page, 'desk-no-answer')
    expect(keys).toHaveLength(3)
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog').isVisible()).toBe(true)

    await page.reload()
    await expect.poll(() => said(page.locator('dialog'))).toContain('CHƯA CÓ TRẢ LỜI')
    await page.getByRole('button', { name: 'Để đó, hỏi lại sau' }).click()
    expect(await page.locator('dialog').isVisible(), 'the page can be used').toBe(false)
    expect(await said(page.locator('#unanswered'))).toContain('Chưa có trả lời: 1 việc')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    await picture(page, 'desk-put-aside')
    // The same again is the same request, and no second one.
    await page.locator('section[aria-labelledby="spaces-title"] button').first().click()
    await page.locator('#field-count').fill('37')
    await page.locator('#field-reason').fill('Đếm tay')
    await goOn(page)
    await agree(page)
    await expect.poll(() => said(page.locator('dialog'))).toContain('Việc này đã gửi rồi')
    isLost = false
    // A finger that presses twice does not put the result away unread.
    await page.evaluate(`new MutationObserver((_, seen) => {
        if (document.querySelector('#act-result') === null) return
        seen.disconnect()
        document.querySelector('#act .buttons button').click()
      }).observe(document.querySelector('#act'), { childList: true, subtree: true })`)
    await page.getByRole('button', { name: 'Gửi lại' }).click()
    expect(await result(page)).toContain('Đã ghi sổ.')
    expect(new Set(keys).size).toBe(1)
    expect(await page.locator('dialog').isVisible()).toBe(true)
    expect(await page.locator('#unanswered').isVisible()).toBe(false)
    expect(await corrections(gate)).toBe(records + 1)
    await page.reload()
    await page.locator('.desk-lanes article').first().waitFor()
    expect(await page.locator('dialog').isVisible()).toBe(false)
  })

  test('a stay is found by a part of its plate, and what others have written is text and never markup', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('boss')
    await comesIn(gate)
    const [stay] = await staysOf(gate)
    if (stay === undefined) throw new Error('nothing stands there')
    await gate.ask('POST', `/v1/sessions/${stay.id}/corrections`, {
      correction: { kind: 'plate', plate: '30A-123.45' },
      reason: HOSTILE,
    })
    await page.locator('#plate').fill('123.45')
    await page.keyboard.press('Enter')
    await page.locator('.found button').first().click()
    const open = page.locator('#open-stay')
    await expect.poll(() => said(open)).toContain('30A12345')
    await expect.poll(() => said(open)).toContain('25.000 ₫')
    await picture(page, 'desk-stay')

    await gate.entry.stands(true)

    await gate.ask('POST', '/v1/lanes/in-1/open', { reason: HOSTILE })
    await expect.poll(() => said(page.locator('#lane-in-1'))).toContain(HOSTILE)

    await gate.entry.drivesThrough()
    const hostile = async (route: {
      fetch(): Promise<{ json(): Promise<unknown> }>
      fulfill(options: { json: unknown }): Promise<void>
    }): Promise<void> => {
      const text = JSON.stringify(await (await route.fetch()).json())
      await route.fulfill({
        json: JSON.parse(
          text.replaceAll('"Làn ', `"${HOSTILE} `).replaceAll('30A12345', HOSTILE).replaceAll('barrier', HOSTILE),
        ),
      })
    }
    for (const address of ['**/v1/lanes', '**/v1/devices', '**/v1/sessions/search', '**/quote'])
      await page.route(address, hostile)
    await page.locator('#look').click()
    await expect.poll(() => said(page.locator('#found'))).toContain(HOSTILE)
    await expect.poll(() => said(page.locator('.desk-lanes'))).toContain(HOSTILE)
    await page.locator('#ticket-text').fill(HOSTILE)
    await page.locator('#ticket-check').click()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.locator('body').getAttribute('data-ran')).toBeNull()
  })

  test('a lost ticket: the stay is found, said for the lane, let leave on debt; what was paid too much is given back and its case ends', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    await paysTooMuch(gate, 1_500_000)
    await comesIn(gate)
    const [stay] = await staysOf(gate)
    if (stay === undefined) throw new Error('nothing stands there')
    const correction = { correction: { kind: 'plate', plate: '29B-777.77' }, reason: 'x' }
    await gate.ask('POST', `/v1/sessions/${stay.id}/corrections`, correction)
    await gate.exit.stands(true)
    await page.locator('#find-out-1').click()
    await expect.poll(() => said(page.locator('section[aria-labelledby="find-title"]'))).toContain('Đang tìm cho')
    await page.keyboard.type('777.77')
    await page.keyboard.press('Enter')
    await page.locator('.found button').first().click()
    await page
      .locator('#open-stay')
      .getByRole('button', { name: /^Đây là xe ở/ })
      .click()
    await page.locator('#field-reason').fill('Khách mất vé')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Cần trả 25.000 ₫')
    await closeDialog(page)

    await page.locator('#debt-out-1').click()
    await page.locator('#field-reason').fill('Khách không mang tiền')
    await goOn(page)
    const opened = gate.exit.opened()
    await agree(page)
    expect(await result(page)).toContain('✓')
    await closeDialog(page)
    await expect.poll(() => gate.exit.opened()).toBe(opened + 1)
    await gate.exit.drivesThrough()

    const cases = page.locator('section[aria-labelledby="cases-title"]')
    await expect.poll(() => said(cases), { timeout: 20_000 }).toContain('Trả thừa')
    await cases.locator('article', { hasText: 'Trả thừa' }).getByRole('button', { name: 'Xem lượt' }).first().click()
    await page.locator('#open-stay').getByRole('button', { name: 'Trả lại tiền' }).click()
    await page.locator('#field-amount').fill('1.475.000')
    await page.locator('#field-reason').fill('Trả thừa')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Trả cho khách 1.475.000 ₫')
    await closeDialog(page)
    await expect.poll(() => said(cases), { timeout: 20_000 }).not.toContain('Trả thừa')

    // What another has given back already would come off the price: that is asked about first.
    await page.locator('#open-stay').getByRole('button', { name: 'Trả lại tiền' }).click()
    await page.locator('#field-amount').fill('1.000')
    await page.locator('#field-reason').fill('Trả thừa')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Phần thừa chỉ có')
    await page.getByRole('button', { name: 'Đúng, trả cả vào tiền gửi' }).click()
    await expect.poll(() => result(page)).toContain('Trả cho khách 1.000 ₫')
  })

  test('at a lane without an arm nothing is offered to be opened, and a vehicle is not said to stand at one', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    await page.route('**/desk', async (route) => {
      const answer = await route.fetch()
      const { 'content-length': _length, ...headers } = answer.headers()
      // The first of its lanes is the entry.
      const body = (await answer.text()).replace('hasArm&quot;:true', 'hasArm&quot;:false')
      await route.fulfill({ status: answer.status(), headers, body })
    })
    await page.reload()
    const free = page.locator('#lane-in-1')
    await free.waitFor()
    expect(await page.locator('#open-out-1').count()).toBe(1)
    expect(await page.locator('#open-in-1').count()).toBe(0)
    await gate.entry.stands(true)
    await expect.poll(() => said(free)).toContain('Có xe ở đầu đọc')
    expect(await said(free)).not.toContain('thanh chắn')
    await gate.entry.stands(false)
  })

  test('an emergency holds every lane open until it is ended, each confirmed first', async ({ signedIn }) => {
    const page = await signedIn('gate-1')
    await page.getByRole('button', { name: 'MỞ KHẨN CẤP MỌI LÀN' }).click()
    await agree(page)
    expect(await result(page)).toContain('✓')
    await closeDialog(page)
    await expect.poll(() => said(page.locator('#lane-in-1'))).toContain('KHẨN CẤP: mọi làn đang mở và giữ')
    expect(await within(page, 'textOfLowContrast()')).toEqual([])
    await picture(page, 'desk-emergency')
    await page.getByRole('button', { name: 'Hết khẩn cấp' }).click()
    await agree(page)
    await closeDialog(page)
    await expect.poll(() => said(page.locator('.desk-lanes'))).not.toContain('KHẨN CẤP')
  })

  test(
    'with the box dead it says so, checks tickets, keeps what is noted over the night, and hands it in once',
    async ({ gate, signedIn }) => {
      const page = await signedIn('gate-1')
      await comesIn(gate)
      const ticket = lastTicket(gate)
      const stays = await openStays(gate)
      await expect.poll(() => said(page.locator('#ticket-keys'))).toContain('1 khoá')

      await gate.gateway.kill()
      await expect.poll(() => page.locator('#lost').isVisible(), { timeout: 20_000 }).toBe(true)
      expect(await said(page.locator('#lost'))).toContain('HỘP KHÔNG TRẢ LỜI')

      const code = join(folder.path, 'ticket.png')
      const png: Promise<Buffer> = toBuffer(`https://gate.example/parking#${ticket}`, { width: 900, margin: 6 })
      writeFileSync(code, await png)
      await page.locator('#ticket-picture').setInputFiles(code)
      await expect.poll(() => said(page.locator('#ticket-result')), { timeout: 15_000 }).toContain('VÉ THẬT')
      expect(await said(page.locator('#ticket-result'))).toContain('Ô tô')
      await page.locator('#ticket-text').fill(`${ticket.slice(0, -4)}AAAA`)
      await page.locator('#ticket-check').click()
      await expect.poll(() => said(page.locator('#ticket-result'))).toContain('VÉ GIẢ')
      await picture(page, 'desk-forged')
      const blank = join(folder.path, 'blank.png')
      writeFileSync(blank, await page.locator('header').screenshot())
      await page.locator('#ticket-picture').setInputFiles(blank)
      await expect.poll(() => said(page.locator('#ticket-result')), { timeout: 15_000 }).toContain('Không thấy mã QR')

      await page.locator('#ticket-text').fill(ticket)
      await page.locator('#ticket-check').click()
      await expect.poll(() => said(page.locator('#ticket-result'))).toContain('VÉ THẬT')
      await page.locator('#note-out').click()
      await page.locator('#field-cash').fill('25.000')
      await page.locator('#field-reason').fill('Hộp không trả lời')
      await picture(page, 'desk-note')
      await goOn(page)
      await agree(page)
      expect(await result(page)).toContain('Đã ghi trong máy này.')
      await closeDialog(page)
      expect(await said(page.locator('#late-counts'))).toBe('0 vào, 1 ra, 25.000 ₫ tiền mặt chưa gửi lên hộp')
      await picture(page, 'desk-box-dead')
      await page.setViewportSize(DESK)
      await picture(page, 'desk-box-dead-wide')
      await page.setViewportSize(PHONE)

      // The first answer is lost: the second try is the same event.
      const tries: string[] = []
      await page.route('**/late-events', async (route) => {
        tries.push(route.request().headers()['idempotency-key'] ?? '')
        if (tries.length > 1) return route.fallback()
        await route.fetch()
        return route.abort()
      })
      await gate.gateway.start()
      await expect.poll(() => page.locator('#late [data-state="handed-in"]').count(), { timeout: 30_000 }).toBe(1)
      await expect.poll(() => page.locator('#lost').isVisible()).toBe(false)
      expect(tries).toHaveLength(2)
      expect(new Set(tries).size).toBe(1)
      await picture(page, 'desk-handed-in')

      expect(await openStays(gate)).toBe(stays - 1)
      const { records } = wire.journalPage.parse((await gate.ask('GET', '/v1/journal?limit=500')).json)
      const taken = records.filter(({ body }) => JSON.stringify(body).includes('"late-evidence"'))
      expect(taken).toHaveLength(1)
      expect(JSON.stringify(taken[0]?.body)).toContain('"payment-taken"')
    },
    2 * SLOW_MS,
  )

  test('what was noted outlives a reload, and what is refused says why until somebody has seen it', async ({
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    let isDead = true
    await page.route('**/late-events', (route) => (isDead ? route.abort() : route.fallback()))
    await page.locator('#note-out').click()
    await page.locator('#field-plate').fill('<b>')
    await page.locator('#field-reason').fill(HOSTILE)
    await goOn(page)
    await agree(page)
    await closeDialog(page)
    await page.reload()
    await expect.poll(() => page.locator('#late [data-state="waiting"]').count()).toBe(1)
    expect(await said(page.locator('#late'))).toContain(HOSTILE)
    // Pressed in vain, and then it goes by itself.
    await page.locator('#late-now').click()
    isDead = false
    const refused = page.locator('#late [data-state="refused"]')
    await expect.poll(() => refused.count(), { timeout: 20_000 }).toBe(1)
    await picture(page, 'desk-late-refused')
    await page.reload()
    await expect.poll(() => refused.count()).toBe(1)
    await refused.getByRole('button', { name: 'Đã xem' }).click()
    await expect.poll(() => refused.count()).toBe(0)
  })

  test('signing out, in this page or another, ends what the page may do, and says so', async ({ gate, signedIn }) => {
    const page = await signedIn('gate-1')
    const another = await page.context().newPage()
    await another.goto(`${gate.address}/desk`)
    await another.locator('form[action="/session/end"] button').click()
    await expect.poll(() => page.locator('#signed-out').isVisible(), { timeout: 15_000 }).toBe(true)
    await page.locator('#open-in-1').click()
    await page.locator('#field-reason').fill('x')
    await goOn(page)
    const opened = gate.entry.opened()
    await agree(page)
    expect(await result(page), 'a 401 has booked nothing').toContain('CHƯA GHI')
    await closeDialog(page)
    expect(await page.locator('#unanswered').isVisible(), 'and nothing is to be asked about').toBe(false)
    expect(gate.entry.opened()).toBe(opened)
  })

  test('what a pass of a month costs is listed for whoever may sell one, with a button for it', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('boss')
    const rows = page.locator('#passes li')
    await expect.poll(() => rows.count()).toBe(2)
    const [byDay, always] = [rows.nth(0), rows.nth(1)]
    expect(await said(byDay.locator('span'))).toBe(
      'Vé tháng ô tô ban ngày · Ô tô · 1 tháng · ban ngày 06:00–18:00 · Bãi chính, Sân sau, Tầng 2',
    )
    expect(await said(byDay.locator('b'))).toBe('3.000.000 ₫')
    expect(await said(always.locator('span'))).toContain(' · 1 tháng · ngày đêm · ')
    expect(await said(always.locator('b'))).toBe('4.000.000 ₫')
    await page.goto(`${gate.address}/desk?lang=en`)
    await expect.poll(() => rows.count()).toBe(2)
    expect(await said(byDay.locator('span'))).toMatch(/^Car, a month by day · Car · months: 1 · by day 06:00–18:00 · /)
    expect(await said(byDay.locator('b'))).toBe('3,000,000 VND')

    const attendant = await signedIn('gate-1')
    // Each is sold, and renewed.
    await expect.poll(() => attendant.locator('#passes li button').count()).toBe(4)
  })

  test('an attendant sells a pass for cash: it says what to take, and until when it is good', async ({ signedIn }) => {
    const page = await signedIn('gate-1')
    await page.locator('#passes li button').first().click()
    await page.locator('#field-id').fill('vé-bán-1')
    await page.locator('#field-holder').fill('Căn hộ 3A')
    await goOn(page)
    expect(await said(page.locator('#field-id-wrong'))).toContain('chữ cái không dấu')
    await page.locator('#field-id').fill('ve-ban-1')
    await page.locator('#field-holder').fill('Căn hộ 3A')
    await page.locator('#field-plates').fill('30A-777.77, 30A-888.88')
    await goOn(page)
    expect(await said(page.locator('#act'))).toContain('Thu đúng 3.000.000 ₫, rồi bán.')
    await agree(page)
    expect(await result(page)).toMatch(/Đã bán, 3\.000\.000 ₫: dùng được đến /)
    await closeDialog(page)
  })

  test('an attendant renews a pass for cash: its time goes on where it ends, and another kind of pass is refused in words', async ({
    gate,
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    const rows = page.locator('#passes li')
    const until = async () => right.parse((await gate.ask('GET', '/v1/rights/ve-noi-1')).json).validUntil
    await rows.first().locator('button').first().click()
    await page.locator('#field-id').fill('ve-noi-1')
    await page.locator('#field-holder').fill('Căn hộ 3C')
    await goOn(page)
    await agree(page)
    expect(await result(page)).toContain('Đã bán')
    await closeDialog(page)
    const before = await until()
    const renews = async (nth: number) => {
      await rows.nth(nth).getByRole('button', { name: 'Gia hạn bằng vé này' }).click()
      await page.locator('#field-id').fill('ve-noi-1')
      await goOn(page)
    }
    await renews(0)
    expect(await said(page.locator('#act'))).toContain('Thu đúng 3.000.000 ₫, rồi gia hạn.')
    await picture(page, 'desk-pass-renewed')
    await agree(page)
    expect(await result(page)).toMatch(/Đã bán, 3\.000\.000 ₫: dùng được đến /)
    await closeDialog(page)
    expect(await until()).toBeGreaterThan(before + 27 * 86_400_000)
    await renews(1)
    await agree(page)
    expect(await result(page)).toContain('Vé này khác vé đang bán')
  })

  test('a part of a pass’s price is given back once it is confirmed that the pass ends by it, and all of it by the boss', async ({
    signedIn,
  }) => {
    const page = await signedIn('gate-1')
    const sells = async (id: string) => {
      await page.locator('#passes li button').first().click()
      await page.locator('#field-id').fill(id)
      await page.locator('#field-holder').fill('Căn hộ 3B')
      await goOn(page)
      await agree(page)
      const charge = /Khoản thu (\S+)/.exec(await result(page))?.[1] ?? ''
      await closeDialog(page)
      return charge
    }
    const givesBack = async (at: typeof page, charge: string, amount: string) => {
      await at.locator('#refund-pass').click()
      await at.locator('#field-charge').fill(charge)
      await at.locator('#field-amount').fill(amount)
      await at.locator('#field-reason').fill('Khách chuyển nhà')
      await goOn(at)
      await agree(at)
    }
    const first = await sells('ve-tra-1')
    await givesBack(page, first, '3000000')
    expect(await result(page)).toContain('Quá mức được hoàn tiền vé')
    await closeDialog(page)
    await givesBack(page, first, '1000')
    const doubted = await result(page)
    expect(doubted).toContain('Trả một phần, vé vẫn hết hạn')
    expect(doubted).toContain('Trả lại đủ là 3.000.000 ₫')
    await picture(page, 'desk-pass-refund-doubted')
    await page.getByRole('button', { name: 'Đúng, chỉ trả chừng đó, vé hết hạn' }).click()
    await expect.poll(() => result(page)).toContain('VÉ ve-tra-1 HẾT HẠN TỪ BÂY GIỜ.')
    await closeDialog(page)
    const boss = await signedIn('boss')
    await givesBack(boss, await sells('ve-tra-2'), '3.000.000')
    expect(await result(boss)).toMatch(/Trả cho khách 3\.000\.000 ₫\s+VÉ ve-tra-2 HẾT HẠN TỪ BÂY GIỜ\./)
  })

  for (const [name, viewport, colorScheme] of VIEWS) {
    test(`it fits a ${name} of ${viewport.width} pixels, ${colorScheme}, and is readable in both languages`, async ({
      gate,
      signedIn,
    }) => {
      const page = await signedIn('boss', { viewport, colorScheme })
      for (const language of ['vi', 'en']) {
        await page.goto(`${gate.address}/desk?lang=${language}`)
        await page.locator('.desk-lanes article').first().waitFor()
        await page.locator('#passes li').first().waitFor()
        await looksRight(page, viewport.width, language, `desk-page-${name}-${colorScheme}-${language}`)
        await page.locator('#open-in-1').click()
        expect(await within(page, 'textOfLowContrast()')).toEqual([])
        await page.keyboard.press('Escape')
      }
    })
  }
})

/** A car that came in, paid so much in cash at the exit and is away. */
async function paysTooMuch(gate: Gate, amount: number): Promise<void> {
  await comesIn(gate)
  await gate.exit.stands(true)
  await gate.exit.shows(lastTicket(gate))
  const charge = async () =>
    wire.lanes.parse((await gate.ask('GET', '/v1/lanes')).json).lanes.find(({ id }) => id === 'out-1')?.visit?.asked
      ?.charge
  await expect.poll(charge).toBeDefined()
  const cash = { amount: { amount, currency: 'VND' }, tender: 'cash', confirmed: true }
  expect((await gate.ask('POST', `/v1/charges/${await charge()}/cash`, cash)).status).toBe(200)
  await gate.exit.drivesThrough()
}

/** What somebody has paid too much goes back, and its case ends: no other test finds it. */
async function givesBack(gate: Gate, amount: number): Promise<void> {
  const { cases } = z
    .object({ cases: z.array(z.looseObject({ charge: z.string().nullable() })) })
    .parse((await gate.ask('GET', '/v1/cases?kind=overpaid')).json)
  const refund = { amount: { amount, currency: 'VND' }, reason: 'Trả thừa' }
  expect((await gate.ask('POST', `/v1/charges/${cases[0]?.charge}/refunds`, refund)).status).toBe(200)
}

async function openStays(gate: Gate): Promise<number> {
  return (await staysOf(gate)).length
}

async function corrections(gate: Gate): Promise<number> {
  const { records } = z
    .object({ records: z.array(z.unknown()) })
    .parse((await gate.ask('GET', '/v1/journal?limit=500')).json)
  return records.filter((record) => JSON.stringify(record).includes('"kind":"occupancy-corrected"')).length
}
