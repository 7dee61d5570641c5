import { describe, expect } from 'vitest'
import { DESK, looksRight, PHONE, picture, within } from './browser.ts'
import { closeDialog, comesIn, result, said, staysOf, withGate } from './desk-kit.ts'
import { GATE_TARIFF } from './gate.ts'

describe('the attendant’s page where no tariff is in force', () => {
  const test = withGate()

  test('what ended without a price is listed for a supervisor, who settles it by the keyboard: as they say, and by the tariffs', async ({
    gate,
    signedIn,
  }) => {
    const before = (await staysOf(gate)).map(({ id }) => id)
    for (let vehicle = 0; vehicle < 3; vehicle += 1) await comesIn(gate)
    const [inside, ...begun] = (await staysOf(gate)).map(({ id }) => id).filter((id) => !before.includes(id))
    await gate.tariff(GATE_TARIFF.replace('validTo: null', "validTo: '2026-06-30'"))
    for (const id of begun) {
      const closing = { correction: { kind: 'close' }, reason: 'nhân viên cho ra' }
      expect((await gate.ask('POST', `/v1/sessions/${id}/corrections`, closing)).status).toBe(200)
    }
    const cash = { amount: { amount: 5_000, currency: 'VND' }, tender: 'cash', reason: 'chưa có bảng giá' }
    expect((await gate.ask('POST', `/v1/sessions/${inside}/cash`, cash)).status).toBe(200)
    const attendant = await signedIn('gate-1')
    await expect
      .poll(() => said(attendant.locator('section[aria-labelledby="cases-title"]')))
      .toContain('Khi có lại bảng giá')
    expect(await attendant.locator('#reckonings-title, [id^="reckon-"]').count(), 'an attendant sets no price').toBe(0)

    for (const [viewport, language] of [
      [PHONE, 'vi'],
      [DESK, 'en'],
    ] as const) {
      const page = await signedIn('boss', { viewport })
      await page.goto(`${gate.address}/desk?lang=${language}`)
      const all = page.locator('#reckonings li')
      const rows = all.filter({ has: page.locator('[id^="reckon-"]') })
      await expect.poll(() => rows.count()).toBe(language === 'vi' ? 2 : 1)
      const notYet = all.filter({ hasText: language === 'vi' ? 'Xe còn trong bãi' : 'Still inside' })
      expect(await notYet.count(), 'paid without a price, and inside: settled once it has left').toBe(1)
      expect(await notYet.locator('[id^="reckon-"]').count()).toBe(0)
      await page.locator('#passes li, #passes-title').first().waitFor()
      await looksRight(page, viewport.width, language, `desk-reckonings-${language}`)
      await rows.first().getByRole('button').last().focus()
      await page.keyboard.press('Enter')
      await page.locator('#field-how').waitFor()
      expect(await within(page, 'textOfLowContrast()')).toEqual([])
      if (language === 'vi') {
        expect(await page.locator('#field-amount').isVisible(), 'by the tariffs unless said otherwise').toBe(false)
        await page.locator('#field-how').selectOption('set')
        await page.locator('#field-amount').fill('0')
      } else await gate.tariff(GATE_TARIFF)
      await page.locator('#field-reason').fill('quản lý định giá')
      await page.keyboard.press('Enter')
      await picture(page, `desk-reckon-${language}`)
      // Focused by itself, once what is asked can have been read.
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('act-do')
      await page.keyboard.press('Enter')
      const outcome = await result(page)
      expect(outcome).toContain(language === 'vi' ? '✓' : '25,000 VND')
      await closeDialog(page)
      await expect.poll(() => rows.count()).toBe(language === 'vi' ? 1 : 0)
    }
    for (const id of begun) expect((await gate.ask('GET', `/v1/sessions/${id}`)).status).toBe(200)
  })
})
