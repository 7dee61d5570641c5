import { z } from '@hono/zod-openapi'
import { TARIFF_CHARACTERS_MAX } from '../../bundles/tariff.ts'
import { LOCAL_TIME } from '../../bundles/try-tariff.ts'
import { count, money, orNull, slug } from '../fields.ts'
import { said } from './fields.ts'
import { hours } from './right-schemas.ts'

const localTime = z
  .string()
  .regex(LOCAL_TIME)
  .openapi({ description: 'By the site’s clock.', example: '2026-11-22T07:30' })

const tariffText = z.string().min(1).max(TARIFF_CHARACTERS_MAX)

export const tariffCheck = z
  .strictObject({ text: tariffText.openapi({ description: 'A tariff’s file, JSON5.' }) })
  .openapi('TariffCheck')

export const tariffTrial = z
  .strictObject({
    vehicleClass: slug,
    place: slug,
    from: localTime,
    until: localTime,
    text: tariffText.optional().openapi({ description: 'This tariff alone; without it those in force.' }),
  })
  .openapi('TariffTrial', {
    example: { vehicleClass: 'car', place: 'lot', from: '2026-11-22T07:30', until: '2026-11-22T19:10' },
  })

const names = z.strictObject({ vi: z.string(), en: z.string() })

const tariffProblem = z
  .strictObject({
    line: z.int().min(1),
    path: z.string().openapi({ description: 'The member; empty for the file itself.' }),
    problem: names.openapi({ description: 'What is wrong, and what to do.' }),
  })
  .openapi('TariffProblem')

export const tariffChecked = z
  .strictObject({ ok: z.boolean(), problems: z.array(tariffProblem) })
  .openapi('TariffChecked')

export const tariffTried = z
  .union([
    z.strictObject({ ok: z.literal(true), total: money, explained: said }),
    z.strictObject({
      ok: z.literal(false),
      problems: z.array(tariffProblem),
      explained: orNull(said).openapi({ description: 'Why there is no price, and what to do.' }),
    }),
  ])
  .openapi('TariffTried')

const day = z.string().openapi({ description: 'By the site’s clock.', example: '2026-11-22' })

const passOnOffer = z
  .strictObject({
    tariff: slug,
    version: z.string().openapi({ description: 'Of the tariff.' }),
    pass: slug.openapi({ description: 'Unique in its tariff.' }),
    name: names,
    vehicleClass: slug,
    places: z.array(slug).openapi({ description: 'Where it is on offer.' }),
    months: z.int().min(1),
    covers: z.enum(['day', 'night', 'day-and-night']),
    hours,
    price: money,
  })
  .openapi('PassOnOffer', {
    example: {
      tariff: 'hanoi-cars-hoan-kiem',
      version: '2018-01',
      pass: 'car-month-day',
      name: { vi: 'Vé tháng ô tô ban ngày', en: 'Car, a month by day' },
      vehicleClass: 'car-9-seats',
      places: ['hoan-kiem-street'],
      months: 1,
      covers: 'day',
      hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], fromMinute: 360, toMinute: 1_080 }],
      price: { amount: 3_000_000, currency: 'VND' },
    },
  })

export const tariffs = z
  .strictObject({
    version: orNull(z.strictObject({ epoch: count, n: count })),
    today: day,
    tariffs: z.array(
      z
        .strictObject({
          id: slug,
          version: z.string(),
          name: names,
          validFrom: z.string(),
          validTo: orNull(z.string()),
          places: z.array(slug),
          isInForce: z.boolean().openapi({ description: 'Whether anybody pays by it today.' }),
        })
        .openapi('TariffInForce'),
    ),
    passes: z.array(passOnOffer).openapi({
      description:
        'What a pass costs today, by the tariffs in force, for each class. A price alone: issuing a pass takes no money.',
    }),
  })
  .openapi('Tariffs')
