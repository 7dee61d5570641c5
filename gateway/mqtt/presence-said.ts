/**
 * What a message on the topic of a last will says: there, not there, or `undefined` for what is not understood. Ours say `{"online": true, …}`, Shelly
 * `true` and `false`, Tasmota `Online` and `Offline`. An empty message clears a retained one: nobody is there who would say so.
 */
export function presenceSaid(payload: Uint8Array): boolean | undefined {
  if (payload.length > STATUS_BYTES_MAX) return undefined
  const text = Buffer.from(payload).toString('utf8').trim()
  return PLAIN.get(text.toLowerCase()) ?? saidInJson(text)
}

const PLAIN = new Map([
  ['true', true],
  ['online', true],
  ['false', false],
  ['offline', false],
  ['', false],
])

function saidInJson(text: string): boolean | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const said: unknown = JSON.parse(text)
    if (typeof said !== 'object' || said === null || !('online' in said)) return undefined
    return typeof said.online === 'boolean' ? said.online : undefined
  } catch {
    return undefined
  }
}

const STATUS_BYTES_MAX = 1_024
