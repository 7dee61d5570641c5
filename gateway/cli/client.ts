import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { z } from 'zod'
import { isSlug } from '../../core/ids.ts'
import { createCredentials } from '../../db/credentials.ts'
import { openForReading } from '../../db/open.ts'
import { dataFiles } from '../config.ts'
import { tokenOf } from '../http/clients.ts'
import type { ClientToAdd, ListedClient } from '../http/ports.ts'
import { unknownAmong } from '../unknown-among.ts'
import { listedClient, storedClient } from '../wiring/client-access.ts'
import type { OfflineSite } from './offline-site.ts'
import type { AccessOptions } from './running-gateway.ts'
import { accessOf, ask, atOfflineSite, withAccess } from './running-gateway.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

const ROLES = ['vendor', 'attendant', 'pay-station', 'operator', 'admin', 'scraper'] as const

type AddOptions = AccessOptions & {
  readonly role: string
  readonly stalls?: string
  readonly lanes?: string
  readonly training?: boolean
  readonly json?: boolean
}

/**
 * `tolbooth client add|list|revoke`: who may use the pages and the API. The token is shown once and kept only hashed. While a gateway runs it is asked by its API: `--url`
 * and `--token`; the first admin is made before it is started.
 */
export function addClientCommands(program: Command): void {
  const client = program.command('client').description('give out and take back access to the pages and the API')
  withAccess(
    client
      .command('add <id>')
      .description('make a client and show its access token, once')
      .requiredOption('--role <role>', ROLES.join(', '))
      .option('--stalls <ids>', 'of a vendor: stall ids with commas between them')
      .option('--lanes <ids>', 'of an attendant: lane ids with commas between them; all lanes where it is left out')
      .option('--training', 'what it does is training')
      .option('--json', 'for programs'),
  ).action(async (id: string, options: AddOptions) => {
    const added = clientToAdd(id, options)
    const access = accessOf(options)
    const token =
      access === undefined
        ? atOfflineSite((site) => addAt(site, added))
        : addedAnswer.parse(await ask(access, 'POST', '/v1/clients', requestOf(added))).token
    if (options.json === true) say.json({ id, token })
    else say.line(`${id}  ${added.role}  token ${token}  (shown this once)`)
  })
  withAccess(
    client.command('list').description('every client that may come in').option('--json', 'for programs'),
  ).action(async (options: AccessOptions & { readonly json?: boolean }) => {
    const access = accessOf(options)
    const clients =
      access === undefined ? clientsInBooks() : listAnswer.parse(await ask(access, 'GET', '/v1/clients')).clients
    if (options.json === true) say.json(clients)
    else for (const one of clients) say.line(`${one.id.padEnd(24)} ${one.role.padEnd(11)} ${one.mode}`)
  })
  withAccess(client.command('revoke <id>').description('let a client in no more')).action(
    async (id: string, options: AccessOptions) => {
      if (!isSlug(id)) throw new UsageError(noClientId(id))
      const access = accessOf(options)
      if (access !== undefined) await ask(access, 'POST', `/v1/clients/${id}/revoke`)
      else atOfflineSite((site) => revokeAt(site, id))
      say.line(`${id} is let in no more`)
    },
  )
}

const addedAnswer = z.looseObject({ token: z.string() })
const listAnswer = z.looseObject({
  clients: z.array(z.looseObject({ id: z.string(), role: z.string(), mode: z.string() })),
})
const noClientId = (id: string): string => `${JSON.stringify(id)} is no client id: 1 to 63 of a-z, 0-9 and inner dashes`

/** The journal names who was let in, as it does where a gateway is asked. */
function addAt(site: OfflineSite, client: ClientToAdd): string {
  const layout = site.books.layout()
  if (layout !== null) {
    const lanes = client.lanes === 'all' ? [] : client.lanes
    const unknown =
      unknownAmong(
        'stall',
        client.stalls,
        layout.stalls.map(({ id }) => id),
      ) ??
      unknownAmong(
        'lane',
        lanes,
        layout.lanes.map(({ id }) => id),
      )
    if (unknown !== undefined) throw new UsageError(`${unknown.id}: ${unknown.says}`)
  }
  const { id, role, mode, stalls, lanes } = client
  if (site.credentials.clients().some((each) => each.id === id))
    throw new Error(`there is a client ${id} already: choose another id, or revoke it first`)
  site.commit({ kind: 'access-changed', what: { kind: 'client-added', client: id, role, mode, stalls, lanes } })
  const token = tokenOf(randomBytes(32))
  site.credentials.addClient(storedClient(client, token), site.clock.now())
  return token
}

function revokeAt(site: OfflineSite, id: string): void {
  if (!site.credentials.clients().some((each) => each.id === id)) throw new Error(`there is no client ${id}`)
  site.commit({ kind: 'access-changed', what: { kind: 'client-revoked', client: id } })
  site.credentials.revokeClient(id, site.clock.now())
}

function clientsInBooks(): readonly ListedClient[] {
  const open = openForReading(dataFiles(configOrThrow().dataDir).books)
  try {
    return createCredentials(open.db).clients().map(listedClient)
  } finally {
    open.close()
  }
}

function clientToAdd(id: string, { role, stalls, lanes, training }: AddOptions): ClientToAdd {
  if (!isSlug(id)) throw new UsageError(noClientId(id))
  const known = ROLES.find((name) => name === role)
  if (known === undefined) throw new UsageError(`--role is one of ${ROLES.join(', ')}`)
  if (known === 'vendor' && stalls === undefined) throw new UsageError('a vendor needs --stalls')
  if (known !== 'vendor' && stalls !== undefined)
    throw new UsageError(`--stalls is of a vendor: a client with the role ${known} is not kept to stalls`)
  if (known !== 'attendant' && lanes !== undefined)
    throw new UsageError(`--lanes is of an attendant: a client with the role ${known} is not kept to lanes`)
  return {
    id,
    role: known,
    mode: training === true ? 'training' : 'live',
    stalls: slugList(stalls ?? ''),
    lanes: lanes === undefined ? 'all' : slugList(lanes),
  }
}

/** As the API asks for it: what its role does not look at is left out. */
function requestOf({ id, role, mode, stalls, lanes }: ClientToAdd): object {
  return { id, role, mode, ...(role === 'vendor' ? { stalls } : {}), ...(role === 'attendant' ? { lanes } : {}) }
}

function slugList(text: string): readonly string[] {
  const list = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const bad = list.find((part) => !isSlug(part))
  if (bad !== undefined) throw new UsageError(`${JSON.stringify(bad)} is no id: 1 to 63 of a-z, 0-9 and inner dashes`)
  return list
}
