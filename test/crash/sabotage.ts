/**
 * Ways to break the gateway on purpose, so that the comparison can be seen to notice: what it finds in a sound gateway is worth as much as what it
 * finds in these. Each is a few words of the source that are other words while it is loaded.
 */
export type Sabotage = keyof typeof sabotages

type Edit = { readonly file: string; readonly from: string; readonly to: string }

export const sabotages = {
  /** The books are written and not synced. */
  'never-sync': [
    { file: 'db/open.ts', from: "'synchronous = FULL'", to: "'synchronous = OFF'" },
    { file: 'db/open.ts', from: 'if (level !== 2)', to: 'if (level !== 0)' },
  ],
  /** A device is promised its event before the event is committed. */
  'acknowledge-early': [
    {
      file: 'gateway/mqtt/embedded-broker.ts',
      from: 'const held = qos === 1 ? line.hold(messageId) : undefined',
      to: "const held = qos === 1 ? line.hold(messageId) : undefined; if (held !== undefined) line.settle(held, 'acknowledge')",
    },
  ],
  /** A pulse that was decided before this start is sent all the same. */
  'send-again': [
    { file: 'gateway/sinks/device-sinks.ts', from: "effect.delivery === 'once' ||", to: '' },
    { file: 'gateway/sinks/device-sinks.ts', from: 'if (isHandedOver ||', to: 'if (' },
    { file: 'gateway/sinks/device-sinks.ts', from: "if (!isForArm(effect)) return 'wait'", to: "return 'wait'" },
  ],
  /** Nothing is broken: the log is written back after fifty pages, and beside that after ten records, so that the power can fail in the middle of either within a second of load. */
  'checkpoint-often': [
    { file: 'db/open.ts', from: 'wal_autocheckpoint = 4000', to: 'wal_autocheckpoint = 50' },
    { file: 'db/log-relief.ts', from: 'RELIEF_EVERY_RECORDS = 200', to: 'RELIEF_EVERY_RECORDS = 10' },
  ],
} as const satisfies Record<string, readonly Edit[]>

export function isSabotage(name: string): name is Sabotage {
  return Object.hasOwn(sabotages, name)
}

/** The source of a file as a sabotaged process loads it. Throws where the words are not there any more: a sabotage that breaks nothing proves nothing. */
export function sabotaged(sabotage: Sabotage, url: string, source: string): string {
  const edits: readonly Edit[] = sabotages[sabotage]
  return edits
    .filter(({ file }) => url.endsWith(`/${file}`))
    .reduce((text, { file, from, to }) => {
      if (!text.includes(from)) throw new Error(`${sabotage}: ${file} does not say ${JSON.stringify(from)} any more`)
      return text.replaceAll(from, to)
    }, source)
}
