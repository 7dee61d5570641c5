import type { Command } from 'commander'
import { isCurrencyCode, money } from '../../core/money.ts'
import { moneyText } from '../../core/money-text.ts'
import { instant } from '../../core/time.ts'
import { createBundlesInForce } from '../../db/bundles-in-force.ts'
import { openForReading } from '../../db/open.ts'
import { createBundles } from '../bundles/bundles.ts'
import { dataFiles } from '../config.ts'
import { tariffs as schema } from '../http/parking/tariff-schemas.ts'
import type { TariffsWire } from '../http/parking/tariffs-wire.ts'
import { tariffsWire } from '../http/parking/tariffs-wire.ts'
import { hoursText } from './hours.ts'
import type { AccessOptions } from './running-gateway.ts'
import { accessOf, ask, withAccess } from './running-gateway.ts'
import { siteClock } from './site-clock.ts'
import type { Said } from './terminal.ts'
import { configOrThrow, MARKS, say, UsageError } from './terminal.ts'

/** `tolbooth tariff show`: the tariffs in use and what a pass costs today, by asking a gateway that runs or by the books that lie here. */
export function addTariffShow(tariff: Command): void {
  withAccess(
    tariff
      .command('show')
      .description('the tariffs that the site uses, and what its passes cost today')
      .option('--json', 'for programs'),
  ).action(async (options: AccessOptions & { readonly json?: boolean }) => {
    const access = accessOf(options)
    const shown = access === undefined ? tariffsHere() : schema.parse(await ask(access, 'GET', '/v1/tariffs'))
    if (options.json === true) say.json(shown)
    else sayTariffs(shown)
  })
}

/** By the books that lie here, also while a gateway runs. */
function tariffsHere(): TariffsWire {
  const config = configOrThrow()
  const open = openForReading(dataFiles(config.dataDir).books)
  try {
    const bundles = createBundlesInForce(open.db, createBundles([]).readers, config.seenKeepMs)
    const layout = bundles.layout()
    if (layout === null || layout.parking === null) throw new UsageError(NO_CAR_PARK)
    const inUse = bundles.tariffs()
    if (inUse === null && bundles.head('tariffs') !== null)
      throw new Error(
        'the tariffs in use do not fit the layout in use, or this version cannot read them: tolbooth doctor',
      )
    return tariffsWire(inUse, siteClock(config, () => instant(0)).now().local.day)
  } finally {
    open.close()
  }
}

const NO_CAR_PARK = 'the layout in use has no car park that tariffs could be for'

function sayTariffs({ today, tariffs, passes }: TariffsWire): void {
  if (tariffs.length === 0) say.both({ vi: 'Chưa nạp bảng giá nào.', en: 'No tariffs are in use.' }, MARKS.bad)
  for (const { id, version, name, validFrom, validTo, places, isInForce } of tariffs) {
    const which = `(${id} ${version}; ${places.join(', ')})`
    say.both(
      {
        vi: `${name.vi}: từ ${validFrom}${validTo === null ? '' : ` đến hết ${validTo}`}${isInForce ? '' : ', hôm nay không áp dụng'} ${which}`,
        en: `${name.en}: from ${validFrom}${validTo === null ? '' : ` to ${validTo}`}${isInForce ? '' : ', not in force today'} ${which}`,
      },
      isInForce ? MARKS.good : ' ',
    )
  }
  if (tariffs.length > 0) {
    say.line('')
    say.both(
      passes.length === 0
        ? { vi: `Ngày ${today} không bán vé tháng nào.`, en: `No pass is on offer on ${today}.` }
        : { vi: `Giá vé tháng ngày ${today}:`, en: `What passes cost on ${today}:` },
    )
  }
  for (const pass of passes) say.both(passWords(pass), '-')
}

function passWords(pass: TariffsWire['passes'][number]): Said {
  const { name, vehicleClass, months, hours, places, price, tariff } = pass
  const [where, when] = [places.join(', '), hoursText(hours)]
  const which = `(${tariff} ${pass.pass})`
  const { amount, currency } = price
  if (!isCurrencyCode(currency)) throw new Error(`${JSON.stringify(currency)} is no currency`)
  const asked = money(amount, currency)
  return {
    vi: `${name.vi}, ${moneyText(asked, 'vi')}: ${vehicleClass}, ${months} tháng, ${when}, ở ${where} ${which}`,
    en: `${name.en}, ${moneyText(asked, 'en')}: ${vehicleClass}, ${months} month${months === 1 ? '' : 's'}, ${when}, at ${where} ${which}`,
  }
}
