import { createServer } from 'node:net'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import Database from 'better-sqlite3'
import { importJWK, jwtVerify } from 'jose'
import type { MqttClient } from 'mqtt'
import { connectAsync } from 'mqtt'
import { benchIssuers, SITE } from '../site/bench-site.ts'

/**
 * `node script-server.ts <folder> <mqtt url | aedes>`: what a good engineer writes in an afternoon for the same work. mqtt.js subscribes to all devices at a broker (one of
 * its own inside the process for `aedes`); a keyed amount is remembered; a scan is verified by jose, gets a row and a commit at synchronous=FULL, and its three
 * messages. mqtt.js has acknowledged the scan before any of that, and whoever sends it again after a crash is told that the token was used.
 */
const [folder, broker] = process.argv.slice(2)
if (folder === undefined || broker === undefined) throw new Error('node script-server.ts <folder> <mqtt url | aedes>')

const db = new Database(join(folder, 'script.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(
  'CREATE TABLE IF NOT EXISTS payment (jti TEXT PRIMARY KEY, stall TEXT, payer TEXT, amount INTEGER, token TEXT, at INTEGER)',
)
// WAL falls back to NORMAL after the first write where it was not set again.
db.pragma('synchronous = FULL')
const insert = db.prepare('INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?)')

const { wallet } = benchIssuers()
const key = await importJWK({ ...wallet.current.publicJwk }, 'EdDSA')
const dueAt = new Map<string, number>()

const url = broker === 'aedes' ? await serveAedes() : broker
const client: MqttClient = await connectAsync(url, { clientId: 'script', protocolVersion: 4 })
if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') client.stream.setNoDelay(true)
client.on('message', (topic, payload) => {
  const device = topic.split('/')[3] ?? ''
  const event = JSON.parse(payload.toString())
  const stall = device.slice(device.indexOf('-') + 1)
  if (event.type === 'amount-keyed') keyed(stall, `${event.boot}:${event.seq}`, event.data.amount)
  else if (event.type === 'scan') void scanned(stall, `${event.boot}:${event.seq}`, event.data.text)
})
await client.subscribeAsync(`tolbooth/v1/${SITE}/+/event`, { qos: 1 })
process.stdout.write(`${JSON.stringify({ mqtt: [url] })}\n`)

function keyed(stall: string, event: string, amount: number): void {
  dueAt.set(stall, amount)
  send(`till-${stall}`, 'answer', { v: 1, event, outcome: { ok: true, kind: 'charge-opened', due: amount } })
  send(`till-${stall}`, 'command', { v: 1, type: 'announce', data: { kind: 'amount-due', amount } })
}

async function scanned(stall: string, event: string, token: string): Promise<void> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'pay+jwt',
      issuer: wallet.iss,
      audience: `urn:tolbooth:${SITE}:stall:${stall}`,
      requiredClaims: ['jti', 'exp', 'sub'],
    })
    const amount = dueAt.get(stall)
    if (amount === undefined || Number(payload['amt']) < amount) throw new Error('amount-too-low')
    insert.run(payload.jti, stall, payload.sub, amount, token, Date.now())
    dueAt.delete(stall)
    send(`reader-${stall}`, 'answer', { v: 1, event, outcome: { ok: true, kind: 'paid', amount } })
    send(`soundbox-${stall}`, 'command', { v: 1, type: 'announce', data: { kind: 'received', amount } })
    send(`till-${stall}`, 'command', { v: 1, type: 'announce', data: { kind: 'received', amount } })
  } catch (error) {
    send(`reader-${stall}`, 'answer', { v: 1, event, outcome: { ok: false, refusal: String(error) } })
  }
}

function send(device: string, leaf: string, message: object): void {
  client.publish(`tolbooth/v1/${SITE}/${device}/${leaf}`, JSON.stringify(message), { qos: 1 })
}

async function serveAedes(): Promise<string> {
  const aedes = await Aedes.createBroker()
  const server = createServer({ noDelay: true }, aedes.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `mqtt://127.0.0.1:${address.port}`
}
