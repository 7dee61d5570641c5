import { z } from 'zod'
import type { OperationName } from '../../../gateway/http/operations.ts'
import { operations } from '../../../gateway/http/operations.ts'
import type { ClientName, Kit } from './kit.ts'

export const amount = (dong: number) => ({ amount: dong, currency: 'VND' })

export const ids = z.array(z.looseObject({ id: z.string(), vi: z.string().optional() }))

/** What these tests look into, of whatever was answered. */
export const said = z.looseObject({
  refusal: z.string().optional(),
  sessions: ids.optional(),
  cases: ids.optional(),
  explained: z.looseObject({ vi: z.array(z.string()), en: z.array(z.string()) }).nullish(),
  codeAt: z.string().nullable().optional(),
  text: z.string().optional(),
  problems: z.array(z.looseObject({ line: z.int() })).optional(),
  next: z.string().nullish(),
})

export async function get(on: Kit, address: string, as: ClientName | null = 'operator') {
  const answer = await on.ask('GET', address, as)
  return { status: answer.status, headers: answer.headers, body: said.parse(await answer.json()) }
}

export async function post(on: Kit, address: string, body?: unknown, as: ClientName = 'operator', key = 'key-1') {
  const answer = await on.ask('POST', address, as, {
    ...(body === undefined ? {} : { body }),
    headers: { 'idempotency-key': key },
  })
  return { status: answer.status, body: said.parse(await answer.json()) }
}

export function schemaOf(name: OperationName): z.ZodType {
  const schema: z.ZodType | null | undefined = operations[name].answers[0]?.schema
  if (schema === null || schema === undefined) throw new Error(`${name} has no schema`)
  return schema
}
