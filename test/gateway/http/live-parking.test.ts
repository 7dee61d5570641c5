import { describe, expect, test } from 'vitest'
import type { EffectId } from '../../../core/ids.ts'
import { deviceId } from '../../../core/ids.ts'
import type { LaneState, LaneVisit } from '../../../core/lane/state.ts'
import { later, MINUTE_MS } from '../../../core/time.ts'
import { wayBeside } from '../../../gateway/http/pages/lane-way.ts'
import { STAY, STAY_CHARGE } from './fake-park.ts'
import type { ClientName, Kit } from './kit.ts'
import { dong, kit, START } from './kit.ts'

async function page(on: Kit, as: ClientName = 'operator', language = 'vi'): Promise<string> {
  const answer = await on.ask('GET', '/', as, { headers: { 'accept-language': language } })
  return (await answer.text()).replaceAll('\u00a0', ' ')
}

const visit: LaneVisit = {
  presence: 7,
  since: START,
  plate: null,
  picture: null,
  session: null,
  right: null,
  asked: null,
}

function stands(on: Kit, over: Partial<LaneState>): void {
  on.books.lanes = on.books.lanes.map((view) => ({
    ...view,
    state: { ...view.state, phase: { kind: 'vehicle-present' }, approach: true, presence: 7, ...over },
  }))
}

describe('the live page of a car park', () => {
  test('says of a vehicle that nobody knows that it is asked', async () => {
    const on = kit()
    stands(on, { visit: null })
    expect(await page(on)).toContain('Có xe, chờ vé hoặc biển số')
  })

  test('says what a vehicle is to pay, in both languages, and the API says the same', async () => {
    const on = kit()
    const asked = { charge: STAY_CHARGE, due: dong(85_000), at: START, holdsUntil: later(START, MINUTE_MS) }
    stands(on, { visit: { ...visit, session: STAY, asked } })
    expect(await page(on)).toContain('Chờ trả 85.000 ₫')
    expect(await page(on, 'operator', 'en')).toContain('Waiting for 85,000 VND')
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    expect(await answer.json()).toMatchObject({
      lanes: [
        {
          view: { phase: 'awaiting-payment', alarm: null },
          visit: { session: STAY, asked: { charge: STAY_CHARGE, due: dong(85_000) } },
        },
        {},
      ],
    })
  })

  test('a visit of another vehicle than the one that stands there says nothing of it', async () => {
    const on = kit()
    stands(on, { visit: { ...visit, presence: 6, session: STAY } })
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    expect(await answer.json()).toMatchObject({ lanes: [{ view: { phase: 'asking' }, visit: null }, {}] })
  })

  test('shows the office what came today by tender, and since when that is counted', async () => {
    const on = kit()
    for (const [language, said] of [
      ['vi', ['Thu hôm nay', 'Tiền mặt</th><td>10</td><td>250.000 ₫</td><td>25.000 ₫', 'Chuyển khoản', 'Từ 0 giờ']],
      ['en', ['Taken today', 'Bank transfers</th><td>4</td><td>140,000 VND</td><td>0 VND', 'Since midnight']],
    ] as const) {
      const text = (await page(on, 'operator', language)).replaceAll(/ data-of="[^"]*"/g, '')
      for (const each of said) expect(text).toContain(each)
    }
    expect(await page(on, 'attendant')).not.toContain('Thu hôm nay')
    const started = kit()
    const { takings } = started.books.counters
    started.books.counters = {
      ...started.books.counters,
      takings: { ...takings, today: { ...takings.today, since: START, tenders: [] } },
    }
    const text = await page(started)
    expect(text).toContain('Chưa thu khoản nào.')
    expect(text.split('Thu hôm nay')[1]?.split('</section>')[0]).toContain('Từ lúc khởi động')
  })

  test('shows how full each place is, and the cases that wait', async () => {
    const text = await page(kit())
    for (const said of [
      'Bãi chính',
      '37/40',
      'sắp hết, còn 3',
      'Sân sau',
      'hết chỗ',
      'Xe ra mà không thấy vào',
      'Xe bám đuôi',
    ]) {
      expect(text).toContain(said)
    }
  })

  test('names a loop that chatters, at the lane and before a lesser alarm', async () => {
    const on = kit()
    const loop = { id: deviceId('lane-out-loop'), kind: 'loop', present: true, chatters: true } as const
    on.books.lanes = on.books.lanes.map((view, index) => (index === 1 ? { ...view, devices: [loop] } : view))
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    expect(await answer.json()).toMatchObject({
      lanes: [
        { view: { alarm: null, chattering: [] } },
        {
          alarm: 'no-passage',
          view: { alarm: 'device-chatters', away: [], chattering: [{ id: 'lane-out-loop', kind: 'loop' }] },
        },
      ],
    })
    const text = await page(on)
    const [chatters, waits] = ['Vòng từ chập chờn: lane-out-loop', 'Đã mở mà xe chưa qua'].map((said) =>
      text.indexOf(said),
    )
    expect(chatters).toBeGreaterThan(0)
    expect(waits).toBeGreaterThan(chatters ?? 0)
    expect(await page(on, 'operator', 'en')).toContain('The loop chatters: lane-out-loop')
    const metrics = await on.ask('GET', '/metrics', 'scraper')
    expect(await metrics.text()).toContain(
      'tolbooth_device_chatters{lane="lane-out",device="lane-out-loop",kind="loop"} 1',
    )
    on.books.lanes = on.books.lanes.map((view) => ({ ...view, state: { ...view.state, alarm: 'stuck-open' } }))
    const worse = await page(on)
    expect(worse.indexOf('Thanh chắn không đóng')).toBeLessThan(worse.indexOf('Vòng từ chập chờn: lane-out-loop'))
  })

  test('names a barrier, a button and a camera that chatter, each as what it is, and what was dropped is counted', async () => {
    const on = kit()
    const devices = ['barrier', 'button', 'camera'].map((kind) => ({
      id: deviceId(`lane-in-${kind}`),
      kind,
      present: true,
      chatters: true,
    }))
    on.books.lanes = on.books.lanes.map((view, index) => (index === 0 ? { ...view, devices } : view))
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    const chattering = devices.map(({ id, kind }) => ({ id, kind }))
    expect(await answer.json()).toMatchObject({ lanes: [{ view: { alarm: 'device-chatters', chattering } }, {}] })
    const said = await page(on)
    expect(said).toContain('Thanh chắn báo chập chờn: lane-in-barrier')
    expect(said).toContain('Nút lấy vé bị kẹt: lane-in-button')
    expect(said).toContain('Camera đọc biển liên tục: lane-in-camera')
    expect(said).not.toContain('Vòng từ chập chờn')
    const inEnglish = await page(on, 'operator', 'en')
    expect(inEnglish).toContain('The arm’s switch chatters: lane-in-barrier')
    expect(inEnglish).toContain('The ticket button is stuck: lane-in-button')
    expect(inEnglish).toContain('The camera reads without end: lane-in-camera')
    const metrics = await on.ask('GET', '/metrics', 'scraper')
    const text = await metrics.text()
    expect(text).toContain('tolbooth_device_chatters{lane="lane-in",device="lane-in-button",kind="button"} 1')
    expect(text).toContain('tolbooth_dropped_total{device="lane-in-button"} 7')
  })

  test('names a device of a lane that is away, at the lane and before a lesser alarm', async () => {
    const on = kit()
    const loop = { id: deviceId('lane-out-loop'), kind: 'loop', present: false }
    on.books.lanes = on.books.lanes.map((view, index) => (index === 1 ? { ...view, devices: [loop] } : view))
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    expect(await answer.json()).toMatchObject({
      lanes: [
        { view: { alarm: null, away: [] } },
        { alarm: 'no-passage', view: { alarm: 'device-away', away: ['lane-out-loop'] } },
      ],
    })
    const text = await page(on)
    const [lost, waits] = ['Mất kết nối: lane-out-loop', 'Đã mở mà xe chưa qua'].map((said) => text.indexOf(said))
    expect(lost).toBeGreaterThan(0)
    expect(waits).toBeGreaterThan(lost ?? 0)
    expect(await page(on, 'operator', 'en')).toContain('Not connected: lane-out-loop')
    on.books.lanes = on.books.lanes.map((view) => ({ ...view, state: { ...view.state, alarm: 'stuck-open' } }))
    const worse = await page(on)
    expect(worse.indexOf('Thanh chắn không đóng')).toBeLessThan(worse.indexOf('Mất kết nối: lane-out-loop'))
  })

  test('names a device of a lane that is there and does not answer, which is an alarm there and a figure', async () => {
    const on = kit()
    const reader = { id: deviceId('lane-out-reader'), kind: 'qr-reader', present: true, silent: true }
    on.books.lanes = on.books.lanes.map((view, index) => (index === 1 ? { ...view, devices: [reader] } : view))
    on.books.devices = on.books.devices.map((device, index) => ({ ...device, silent: index === 0 }))
    const answer = await on.ask('GET', '/v1/lanes', 'operator')
    expect(await answer.json()).toMatchObject({
      lanes: [{ view: { alarm: null } }, { view: { alarm: 'device-away', away: ['lane-out-reader'] } }],
    })
    expect(await page(on)).toContain('Không trả lời: lane-out-reader')
    expect(await page(on, 'operator', 'en')).toContain('Does not answer: lane-out-reader')
    expect(await (await on.ask('GET', '/v1/devices', 'operator')).json()).toMatchObject({
      devices: [{ silent: true }, { silent: false }],
    })
    expect(await (await on.ask('GET', '/metrics', 'operator')).text()).toContain('tolbooth_devices_silent 1')
  })

  test('does not miss a barrier at a lane that has none', async () => {
    const without = (isFreeFlow: boolean): Kit => {
      const on = kit()
      on.books.lanes = on.books.lanes.map((view) => ({ ...view, barrierPresent: false }))
      on.books.isFreeFlow = isFreeFlow
      return on
    }
    expect(await page(without(false))).toContain('Thanh chắn mất kết nối')
    const text = await page(without(true))
    expect(text).not.toContain('Thanh chắn mất kết nối')
    expect(text).toContain('Không có cần')
  })

  test('speaks of no barrier at a lane that has none', async () => {
    const on = kit()
    on.books.isFreeFlow = true
    on.books.lanes = on.books.lanes.map((view) => ({
      ...view,
      state: { ...view.state, approach: true, safety: false },
    }))
    const text = await page(on)
    expect(text).toContain('Xe ở đầu đọc · Không có cần')
    expect(text).not.toContain('thanh chắn')
  })

  test('does not say that nobody is there while a vehicle passes and has left its loops', async () => {
    const on = kit()
    const passing = { kind: 'passing', passage: null, command: 'box-1:1:9:0' as EffectId, followed: false } as const
    on.books.lanes = on.books.lanes.map((view) => ({
      ...view,
      state: { ...view.state, approach: false, safety: false, phase: passing },
    }))
    const text = await page(on)
    expect(text).toContain('Xe đang qua')
    expect(text).not.toContain('Không có xe')
  })

  test.each([
    ['Làn vào 1', 'entry', null, 'Entry'],
    ['Làn xe máy ra', 'exit', null, 'Exit'],
    ['Lối ra', 'exit', null, 'Exit'],
    ['Dốc lên tầng', 'both', 'Làn hai chiều', 'Entry and exit'],
    ['Entry and exit 2', 'both', 'Làn hai chiều', null],
  ] as const)('%s has its way beside it where its name does not say it', (name, direction, vi, en) => {
    expect([wayBeside({ name, direction }, 'vi'), wayBeside({ name, direction }, 'en')]).toEqual([vi, en])
  })

  test('shows who came in last and by what, to an attendant those of their lanes', async () => {
    const on = kit()
    const { stays } = on.books.park.reads.openStays('live', { place: null, lane: null }, null, 100)
    expect(stays.length).toBeGreaterThan(0)
    expect(await page(on)).toMatch(/Lượt gửi mới nhất[\s\S]*vào bằng (vé|biển số)/)
    expect(await page(on, 'operator', 'en')).toMatch(/Newest stays[\s\S]*by (ticket|plate)/)
    expect(await page(on, 'vendor')).not.toContain('data-panel="stays"')
  })

  test('an attendant sees the cases of their lanes', async () => {
    const text = await page(kit(), 'attendant')
    expect(text).toContain('Xe ra mà không thấy vào')
    expect(text).not.toContain('Xe bám đuôi')
  })

  test('names no plate', async () => {
    expect(await page(kit())).not.toMatch(/30A|12345/)
  })

  test('says that no tariff is in force', async () => {
    const on = kit()
    on.books.readiness = [{ what: 'tariffs', ok: false, detail: { vi: 'Chưa có giá: Ô tô', en: 'No tariff' } }]
    const text = await page(on)
    expect(text).toContain('Chưa sẵn sàng: bảng giá')
    expect(text).toContain('Chưa có giá: Ô tô')
  })

  test('of a market without a car park is as before, and a vendor sees none of it', async () => {
    const on = kit()
    on.books.park.exists = false
    expect(await page(on)).not.toContain('data-panel="occupancy"')
    expect(await page(kit(), 'vendor')).not.toContain('data-panel="cases"')
  })
})
