import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { tokenFor } from '../gateway/http/kit.ts'
import type { Watched } from './browser.ts'
import { DESK, looksRight, PHONE, picture, VIEWS, watched, withBrowser, within } from './browser.ts'
import type { Hall } from './hall.ts'
import { openHall, pay } from './hall.ts'

describe('the pages in a browser', () => {
  let browser: Browser
  let hall: Hall
  let quiet: Hall

  withBrowser(
    async (opened) => {
      browser = opened
      hall = await openHall(true)
      quiet = await openHall(false)
    },
    async () => {
      await hall.stop()
      await quiet.stop()
    },
  )

  const open = async (
    options: BrowserContextOptions,
    as: string | null,
    where: Hall = hall,
  ): Promise<Watched & { context: BrowserContext }> => {
    const context = await browser.newContext({ locale: 'vi-VN', viewport: DESK, ...options })
    const seen = await watched(context, where.address)
    if (as !== null) {
      await seen.page.goto(where.signInAddress(as))
      await seen.page.waitForURL(`${where.address}/`)
    }
    return { ...seen, context }
  }

  for (const [name, viewport, colorScheme] of VIEWS) {
    for (const address of ['/', '/docs', '/receipts/check', '/sign-in']) {
      test(`${address} fits a ${name} of ${viewport.width} pixels, ${colorScheme}, is readable in both languages, and does nothing that its policy forbids`, async () => {
        const { page, wrongs, context } = await open({ viewport, colorScheme }, 'office')
        for (const language of ['vi', 'en']) {
          await page.goto(`${hall.address}${address}?lang=${language}`)
          const shot = address === '/' ? 'live' : address.replace(/\W+/g, '-').slice(1)
          await looksRight(page, viewport.width, language, `${shot}-${name}-${colorScheme}-${language}`)
        }
        expect(wrongs).toEqual([])
        await context.close()
      })
    }
  }

  test('an inline script that got into a page would not run, nor one of another host', async () => {
    const { page, wrongs, context } = await open({}, 'office')
    await page.evaluate(`{
      const inline = document.createElement('script')
      inline.textContent = 'document.body.dataset.ran = "yes"'
      const foreign = document.createElement('script')
      foreign.src = 'http://127.0.0.1:9/evil.js'
      document.body.append(inline, foreign)
    }`)
    await expect.poll(() => wrongs.length).toBeGreaterThanOrEqual(2)
    expect(wrongs.join()).toContain('Content Security Policy')
    expect(await page.locator('body').getAttribute('data-ran')).toBeNull()
    await context.close()
  })

  test('a quiet evening says so at the top', async () => {
    const { page, wrongs, context } = await open({ viewport: PHONE }, 'office', quiet)
    await expect.poll(() => page.locator('[data-panel="attention"]').innerText()).toContain('Mọi thứ đều ổn')
    await picture(page, 'live-quiet-phone')
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('what needs somebody stands above everything else, with what to do', async () => {
    const { page, context } = await open({ viewport: PHONE }, 'office')
    const attention = await page.locator('[data-panel="attention"]').innerText()
    for (const said of [
      'Còn 120 MB trống',
      'Làn ra 1',
      'quét lại đúng mã đó',
      'Thanh chắn mất kết nối',
      'sắp đầy',
      '4 thiết bị',
    ]) {
      expect(attention).toContain(said)
    }
    const top = (selector: string): Promise<number> =>
      page.locator(selector).evaluate((element) => element.getBoundingClientRect().top)
    expect(await top('[data-panel="attention"]')).toBeLessThan(await top('#feed'))
    await context.close()
  })

  test('a payment is on the page a moment after it was committed, without loading it again', async () => {
    const { page, wrongs, context } = await open({}, 'office')
    await page.evaluate("document.body.setAttribute('data-same-page', 'yes')")
    pay(hall.books, 333_000)
    await expect.poll(() => page.locator('#feed li').first().innerText()).toContain('333.000')
    await expect
      .poll(() => page.locator('[data-panel="figures"]').innerText())
      .toContain(new Intl.NumberFormat('vi-VN').format(hall.books.counters.accepted))
    expect(await page.locator('body').getAttribute('data-same-page')).toBe('yes')
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('the list of what just happened does not grow without end', async () => {
    const { page, context } = await open({}, 'office')
    for (let index = 0; index < 48; index += 1) {
      pay(hall.books, 1_000 + index)
      if (index % 8 === 7) await new Promise((resolve) => setTimeout(resolve, 900))
    }
    await expect.poll(() => page.locator('#feed li').count()).toBe(40)
    await context.close()
  })

  test('what people typed is text, never markup', async () => {
    const { page, wrongs, context } = await open({}, 'office')
    await page.reload()
    expect(await page.locator('script:not([src])').count()).toBe(0)
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('a vendor sees the payments of their stall and nothing of the rest', async () => {
    const { page, wrongs, context } = await open({ viewport: PHONE }, 'till-1')
    const text = await page.locator('main').innerText()
    expect(text).toContain('Quầy rau cô Hạnh')
    for (const hidden of ['Quầy cá', 'Làn', 'thiết bị', '8.740.000']) expect(text).not.toContain(hidden)
    await picture(page, 'live-vendor-phone')
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('the one-time address signs in once, and the code stays in no address bar and no history', async () => {
    const { page, wrongs, context } = await open({}, null)
    const address = hall.signInAddress('office')
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`))
    await page.goto(address)
    await page.waitForURL(`${hall.address}/`)
    const code = address.split('#')[1] ?? 'none'
    expect(asked.filter((each) => each.includes(code))).toEqual([])
    await page.goBack()
    expect(page.url()).not.toContain(code)

    const other = await open({}, null)
    await other.page.goto(address)
    await other.page.waitForSelector('#wrong')
    expect(await other.page.locator('#wrong').innerText()).toContain('hết hạn')
    expect(wrongs).toEqual([])
    await context.close()
    await other.context.close()
  })

  test('signing in and out needs no mouse', async () => {
    const { page, wrongs, context } = await open({ viewport: PHONE }, null)
    await page.goto(`${hall.address}/`)
    await page.waitForURL(`${hall.address}/sign-in`)
    expect(await within(page, 'focused()')).toMatchObject({ id: 'token' })
    await page.keyboard.type(tokenFor('operator'))
    await page.keyboard.press('Enter')
    await page.waitForURL(`${hall.address}/`)

    await page.keyboard.press('Tab')
    expect(await within(page, 'focused()')).toMatchObject({ text: 'Tới nội dung chính', outline: 'solid' })
    const visited: string[] = []
    for (let index = 0; index < 8; index += 1) {
      await page.keyboard.press('Tab')
      const focused = await within<{ text: string; outline: string }>(page, 'focused()')
      expect(focused.outline, focused.text).toBe('solid')
      visited.push(focused.text)
      if (focused.text === 'Đăng xuất') break
    }
    expect(visited).toEqual(['Trực tiếp', 'Tại cổng', 'Biên lai', 'API', 'English', 'Đăng xuất'])
    await page.keyboard.press('Enter')
    await page.waitForURL(`${hall.address}/sign-in`)
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('the language is switched by a link and remembered', async () => {
    const { page, context } = await open({}, 'office')
    await page.getByRole('link', { name: 'English' }).click()
    expect(await page.locator('[data-panel="attention"]').innerText()).toContain('Needs attention')
    await page.goto(`${hall.address}/`)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await expect.poll(() => page.locator('[data-panel="time"]').innerText()).toContain('Gateway')
    await context.close()
  })

  test('a receipt in the fragment of a link is checked and shown', async () => {
    const { page, wrongs, context } = await open({ viewport: PHONE }, 'till-1')
    const [receipt] = hall.books.receipts
    await page.goto(`${hall.address}/receipts/check#${receipt?.jws}`)
    await page.waitForSelector('.state.good')
    expect(await page.locator('.state.good').innerText()).toContain('60.000')
    expect(page.url()).toBe(`${hall.address}/receipts/check`)
    await picture(page, 'receipt-genuine-phone')
    await page.locator('textarea').fill('eyJhbGciOiJub25lIn0.e30.')
    await page.getByRole('button', { name: 'Kiểm tra' }).click()
    await page.waitForSelector('.state.bad')
    expect(await page.locator('.state.bad').innerText()).toContain('Không phải biên lai')
    expect(wrongs).toEqual([])
    await context.close()
  })

  test('without script the page still shows everything and asks again by itself', async () => {
    const { context } = await open({ viewport: PHONE }, 'office')
    const cookies = await context.cookies()
    const plain = await browser.newContext({ javaScriptEnabled: false, viewport: PHONE, locale: 'vi-VN' })
    await plain.addCookies(cookies)
    const page = await plain.newPage()
    await page.goto(`${hall.address}/`)
    expect(await page.locator('[data-panel="attention"]').innerText()).toContain('Cần xử lý')
    expect(await page.locator('#feed li').count()).toBeGreaterThan(0)
    expect(await page.content()).toContain('http-equiv="refresh"')
    await context.close()
    await plain.close()
  })

  test('when the books were restored meanwhile, the page begins anew', async () => {
    const own = await openHall(false)
    const { page, wrongs, context } = await open({ viewport: PHONE }, 'office', own)
    await page.evaluate("document.body.setAttribute('data-same-page', 'yes')")
    await own.stop()
    own.books.epoch += 1
    own.books.journal.length = 1
    await own.start()
    await expect.poll(() => page.locator('body').getAttribute('data-same-page'), { timeout: 15_000 }).toBeNull()
    await expect.poll(() => page.locator('#feed li').count()).toBe(1)
    expect(wrongs).toEqual([])
    await context.close()
    await own.stop()
  }, 60_000)

  test('when the gateway goes the page says that it shows old figures, and goes on by itself when it is back', async () => {
    const own = await openHall(false)
    const { page, wrongs, context } = await open({ viewport: PHONE }, 'office', own)
    await own.stop()
    await page.locator('#lost').waitFor({ state: 'visible', timeout: 15_000 })
    await picture(page, 'live-lost-phone')
    await own.start()
    await page.locator('#lost').waitFor({ state: 'hidden', timeout: 15_000 })
    pay(own.books, 777_000)
    await expect.poll(() => page.locator('#feed li').first().innerText(), { timeout: 10_000 }).toContain('777.000')
    expect(page.url()).toBe(`${own.address}/`)
    expect(wrongs).toEqual([])
    await context.close()
    await own.stop()
  }, 60_000)
})
