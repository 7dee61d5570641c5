import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { isTrusted, uncertaintyMsOf } from '../../core/time.ts'
import type { Path } from '../path/path.ts'
import type { HttpClock } from './clock.ts'
import type { SiteReads, TakenBy } from './reads.ts'

export type HttpMetrics = {
  /** One request that was answered. `operation` is a name from the table of operations, so the number of series is bounded. */
  answered(request: { readonly operation: string; readonly status: number; readonly tookMs: number }): void
  exposition(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** Figures of another room, read when Prometheus asks. */
export type MoreFigures = {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  read(): number
}

/** A registry of its own, with Node's figures, the path's, the books' and those of `more`. */
export function createMetrics(parts: {
  readonly reads: SiteReads
  readonly path: Path
  readonly clock: HttpClock
  readonly more: readonly MoreFigures[]
}): HttpMetrics {
  const { reads, path, clock } = parts
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const value = read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  }
  const total = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }

  const requests = new Counter({
    name: 'tolbooth_http_requests_total',
    help: 'Requests that were answered',
    labelNames: ['operation', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'tolbooth_http_request_seconds',
    help: 'From the head of a request to the head of its answer',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })

  total('tolbooth_scans_total', 'Codes that were shown', () => reads.counters().scans)
  total('tolbooth_accepted_total', 'Payments and passages that were newly granted', () => reads.counters().accepted)
  gauge(
    'tolbooth_taken_amount',
    'Taken by codes that were shown since the start, live mode, smallest units; no cash and no bank transfers',
    () => {
      return reads.counters().taken?.amount
    },
  )
  const byTender = (name: string, help: string, of: (each: TakenBy) => number): void => {
    new Counter({
      name,
      help,
      labelNames: ['tender'],
      registers,
      collect() {
        this.reset()
        for (const each of reads.counters().takings.tenders) this.inc({ tender: each.tender }, of(each))
      },
    })
  }
  byTender(
    'tolbooth_tender_taken_amount_total',
    'What came by each tender, live mode, smallest units; what was let go is a tender too',
    ({ taken }) => taken,
  )
  byTender(
    'tolbooth_tender_given_back_amount_total',
    'What was given back by each tender, live mode, smallest units',
    ({ givenBack }) => givenBack,
  )
  byTender(
    'tolbooth_tender_payments_total',
    'How often something came by each tender, live mode',
    (each) => each.payments,
  )
  new Counter({
    name: 'tolbooth_refused_total',
    help: 'Refusals by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(reads.counters().refused)) this.inc({ reason }, count)
    },
  })
  gauge('tolbooth_path_verifying', 'Requests whose signature is being checked', () => path.depth().verifying)
  gauge('tolbooth_path_queued', 'Requests that wait for the next commit', () => path.depth().queued)
  gauge('tolbooth_path_queue_max', 'Requests that may wait', () => path.depth().queueMax)
  gauge('tolbooth_journal_seq', 'The newest record', () => reads.head().seq)
  gauge('tolbooth_journal_epoch', 'The epoch of the books', () => reads.head().epoch)
  gauge('tolbooth_exposure_amount', 'At risk now, smallest units', () => reads.exposure()?.atRisk.amount)
  gauge('tolbooth_exposure_limit_amount', 'What may be at risk, smallest units', () => reads.exposure()?.limit.amount)
  gauge('tolbooth_clock_trusted', '1 while the clock is believed', () => (isTrusted(clock.now().trust) ? 1 : 0))
  gauge('tolbooth_clock_uncertainty_ms', 'The clock’s largest error', () => uncertaintyMsOf(clock.now().trust))
  new Gauge({
    name: 'tolbooth_devices',
    help: 'Active devices, present and away',
    labelNames: ['present'],
    registers,
    collect() {
      const active = reads.devices().filter((device) => device.status === 'active')
      const present = active.filter((device) => device.present).length
      this.set({ present: 'yes' }, present)
      this.set({ present: 'no' }, active.length - present)
    },
  })
  gauge(
    'tolbooth_devices_silent',
    'Active devices that are there and do not answer when they are asked',
    () => reads.devices().filter(({ status, silent }) => status === 'active' && silent).length,
  )
  new Gauge({
    name: 'tolbooth_device_chatters',
    help: '1 for each device of a lane that says more than vehicles can cause',
    labelNames: ['lane', 'device', 'kind'],
    registers,
    collect() {
      this.reset()
      for (const { lane, devices } of reads.lanes()) {
        for (const { id, kind, chatters } of devices) {
          if (chatters === true) this.set({ lane: lane.id, device: id, kind }, 1)
        }
      }
    },
  })
  new Counter({
    name: 'tolbooth_dropped_total',
    help: 'What devices that chatter said, and is in no record',
    labelNames: ['device'],
    registers,
    collect() {
      this.reset()
      for (const [device, count] of reads.counters().dropped) this.inc({ device }, count)
    },
  })
  new Gauge({
    name: 'tolbooth_lane_alarm',
    help: '1 for each lane with an alarm',
    labelNames: ['lane', 'alarm'],
    registers,
    collect() {
      this.reset()
      for (const { lane, state } of reads.lanes()) {
        if (state.alarm !== null) this.set({ lane: lane.id, alarm: state.alarm }, 1)
      }
    },
  })
  new Gauge({
    name: 'tolbooth_ready',
    help: '1 for what is ready, 0 for what is not',
    labelNames: ['what'],
    registers,
    collect() {
      this.reset()
      for (const item of reads.readiness()) this.set({ what: item.what }, item.ok ? 1 : 0)
    },
  })
  for (const more of parts.more) {
    if (more.kind === 'counter') total(more.name, more.help, () => more.read())
    else gauge(more.name, more.help, () => more.read())
  }

  return {
    answered: ({ operation, status, tookMs }) => {
      requests.inc({ operation, status: String(status) })
      seconds.observe({ operation }, tookMs / 1_000)
    },
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
