import { setTimeout as delay } from 'node:timers/promises'
import { afterEach } from 'vitest'
import { money, VND } from '../../core/money.ts'
import { createReports } from '../../db/reports.ts'
import { createHttpApp } from '../../gateway/http/app.ts'
import type { HttpServer } from '../../gateway/http/server.ts'
import { HTTP_SERVER_DEFAULTS, serveHttp } from '../../gateway/http/server.ts'
import { parkingReads } from '../../gateway/wiring/parking-reads.ts'
import type { Rig } from '../support/rig.ts'
import { kit } from './http/kit.ts'

/** Serves the HTTP side of a rig’s gateway on a port of its own, over its path and its books; stopped after each test of the file that calls it. */
export function servers(): (rig: Rig) => Promise<HttpServer> {
  const opened: HttpServer[] = []
  afterEach(async () => {
    for (const server of opened.splice(0)) await server.stop()
  })
  return async (rig) => {
    const { gateway, clock, books, bundles, db } = rig.now()
    const fake = kit()
    const reports = createReports(db.db, { site: rig.layout.site, gateway: rig.gatewayName })
    const { policy } = rig
    const app = createHttpApp({
      ...fake.parts,
      path: gateway.path,
      clock,
      reads: {
        ...fake.parts.reads,
        layout: () => rig.layout,
        parking: parkingReads({ open: db, books, bundles, clock, unreadable: gateway.unreadable }),
        exposure: () => ({
          atRisk: money(reports.exposure(), VND),
          limit: money(policy.exposureMax, VND),
          lastContactAt: reports.lastContactAt(),
          offlineMaxMs: policy.offlineMaxMs,
          keySetIssuedAt: null,
          keySetAgeMaxMs: policy.keySetAgeMaxMs,
          denyListIssuedAt: null,
          denyListAgeMaxMs: policy.denyListAgeMaxMs,
        }),
      },
    })
    const server = await serveHttp(app, { ...HTTP_SERVER_DEFAULTS, port: 0 })
    opened.push(server)
    return server
  }
}

/** A socket needs real time, and what comes behind it virtual time: a little of it for each turn of the other. */
export async function inBothTimes<Value>(rig: Rig, promise: Promise<Value>): Promise<Value> {
  let isOver = false
  const over = promise.finally(() => {
    isOver = true
  })
  over.catch(() => undefined)
  while (!isOver) {
    await delay(1)
    await rig.runFor(1)
  }
  return over
}
