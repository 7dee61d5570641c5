import type { Gateway } from '../gateway.ts'
import type { MoreFigures } from '../http/metrics.ts'
import type { DeviceTransport } from '../mqtt/transport.ts'

/** What the metrics say beside the path and the books. */
export function figures(transport: DeviceTransport, gateway: Gateway): readonly MoreFigures[] {
  const counter = (name: string, help: string, read: () => number): MoreFigures => ({
    name,
    help,
    kind: 'counter',
    read,
  })
  return [
    {
      name: 'tolbooth_devices_connected',
      help: 'Devices on the line',
      kind: 'gauge',
      read: () => transport.counters().connections,
    },
    counter(
      'tolbooth_connections_refused_total',
      'Connections that were not let in',
      () => transport.counters().connectionsRefused,
    ),
    counter('tolbooth_messages_in_total', 'Messages of devices', () => transport.counters().messagesIn),
    counter('tolbooth_messages_out_total', 'Messages to devices', () => transport.counters().messagesOut),
    counter(
      'tolbooth_messages_refused_total',
      'Messages on topics that are not their device’s',
      () => transport.counters().messagesRefused,
    ),
    counter(
      'tolbooth_slow_consumers_cut_total',
      'Devices cut off because they did not read',
      () => transport.counters().slowConsumersCut,
    ),
    counter(
      'tolbooth_holds_exceeded_total',
      'Connections closed because an acknowledgement took too long',
      () => transport.counters().holdsExceeded,
    ),
    counter('tolbooth_commands_total', 'Commands handed over', () => gateway.commands().commands),
    counter(
      'tolbooth_commands_late_total',
      'Commands that became too late before they could be handed over',
      () => gateway.commands().late,
    ),
    counter('tolbooth_commands_away_total', 'Commands to an arm that was away', () => gateway.commands().away),
  ]
}
