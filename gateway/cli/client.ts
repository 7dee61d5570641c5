import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { isSlug } from '../../core/ids.ts'
import type { StoredClient } from '../../db/credentials.ts'
import { createCredentials } from '../../db/credentials.ts'
import { openForReading } from '../../db/open.ts'
import { dataFiles } from '../config.ts'
import { hashOfToken, tokenOf } from '../http/clients.ts'
import { atOfflineSite, STOP_IT } from './running-gateway.ts'
import { configOrThrow, say, UsageError } from './terminal.ts'

const ROLES = ['vendor', 'attendant', 'operator', 'admin', 'scraper'] as const

type AddOptions = {
  readonly role: string
  readonly stalls?: string
  readonly lanes?: string
  readonly training?: boolean
  readonly json?: boolean
}

/** `tolbooth client add|list|revoke`: who may use the pages and the API. The token is shown once and kept only hashed. */
export function addClientCommands(program: Command): void {
  const client = program.command('client').description('give out and take back access to the pages and the API')
  client
    .command('add <id>')
    .description('make a client and show its access token, once')
    .requiredOption('--role <role>', ROLES.join(', '))
    .option('--stalls <ids>', 'of a vendor: stall ids with commas between them')
    .option('--lanes <ids>', 'of an attendant: lane ids with commas between them; all lanes where it is left out')
    .option('--training', 'what it does is training')
    .option('--json', 'for programs')
    .action((id: string, options: AddOptions) => {
      const token = tokenOf(randomBytes(32))
      const added = clientOf(id, options, token)
      const isNew = atOfflineSite((site) => site.credentials.addClient(added, site.clock.now()), STOP_IT)
      if (!isNew) throw new Error(`there is a client ${id} already: choose another id, or revoke it first`)
      if (options.json === true) say.json({ id, token })
      else say.line(`${id}  ${added.role}  token ${token}  (shown this once)`)
    })
  client
    .command('list')
    .description('every client that may come in')
    .option('--json', 'for programs')
    .action(({ json }: { readonly json?: boolean }) => {
      const open = openForReading(dataFiles(configOrThrow().dataDir).books)
      try {
        const clients = createCredentials(open.db)
          .clients()
          .map(({ tokenHash: _hash, ...shown }) => shown)
        if (json === true) say.json(clients)
        else for (const one of clients) say.line(`${one.id.padEnd(24)} ${one.role.padEnd(10)} ${one.mode}`)
      } finally {
        open.close()
      }
    })
  client
    .command('revoke <id>')
    .description('let a client in no more')
    .action((id: string) => {
      const wasThere = atOfflineSite((site) => site.credentials.revokeClient(id, site.clock.now()), STOP_IT)
      if (!wasThere) throw new Error(`there is no client ${id}`)
      say.line(`${id} is let in no more`)
    })
}

function clientOf(id: string, { role, stalls, lanes, training }: AddOptions, token: string): StoredClient {
  if (!isSlug(id)) throw new UsageError(`${JSON.stringify(id)} is no client id: 1 to 63 of a-z, 0-9 and inner dashes`)
  const known = ROLES.find((name) => name === role)
  if (known === undefined) throw new UsageError(`--role is one of ${ROLES.join(', ')}`)
  if (known === 'vendor' && stalls === undefined) throw new UsageError('a vendor needs --stalls')
  return {
    id,
    role: known,
    mode: training === true ? 'training' : 'live',
    tokenHash: Buffer.from(hashOfToken(token)).toString('base64url'),
    stalls: slugList(stalls ?? ''),
    lanes: lanes === undefined ? 'all' : slugList(lanes),
  }
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
