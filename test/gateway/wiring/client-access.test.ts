import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createCredentials } from '../../../db/credentials.ts'
import { CLIENTS_MAX, hashOfToken } from '../../../gateway/http/clients.ts'
import type { ClientAccess, ClientToAdd } from '../../../gateway/http/ports.ts'
import type { Path } from '../../../gateway/path/path.ts'
import { createClientAccess, storedClient } from '../../../gateway/wiring/client-access.ts'
import { storedClients } from '../../../gateway/wiring/stored-clients.ts'
import { rigs } from '../../support/people.ts'
import { ownersRequest } from '../../support/requests.ts'
import type { Rig } from '../../support/rig.ts'

const rigged = rigs()
const HOA: ClientToAdd = { id: 'hoa', role: 'vendor', mode: 'live', stalls: ['a-01'], lanes: 'all' }

function accessOf(rig: Rig, path: Path = rig.now().gateway.path): ClientAccess {
  const { db, clock } = rig.now()
  return createClientAccess({ path, credentials: createCredentials(db.db), clock, random: randomBytes })
}

const add = (rig: Rig, client = HOA, key = 'add', access = accessOf(rig)) =>
  rig.until(access.add({ ...ownersRequest(rig, key), client }))
const revoke = (rig: Rig, client = HOA.id, key = 'revoke', access = accessOf(rig)) =>
  rig.until(access.revoke({ ...ownersRequest(rig, key), client }))
const journal = (rig: Rig): string => JSON.stringify(rig.query('SELECT body FROM journal'))

/** Booked, and then nothing more is done. */
function falling(path: Path): Path {
  return {
    ...path,
    submit: async (request) => {
      await path.submit(request)
      throw new Error('the process ends here')
    },
  }
}

describe('a client', () => {
  test('is let in by its token, which stands in no record; who let it in does', async () => {
    const rig = await rigged()
    const added = await add(rig)
    if (added.kind !== 'added') throw new Error(added.kind)
    const directory = storedClients(createCredentials(rig.now().db.db))
    expect(directory.byTokenHash(hashOfToken(added.token))).toEqual({
      id: 'hoa',
      role: 'vendor',
      mode: 'live',
      stalls: ['a-01'],
    })
    expect(accessOf(rig).list()).toEqual([HOA])
    expect(journal(rig)).toContain('client-added')
    expect(journal(rig)).not.toContain(added.token)
    expect(journal(rig)).not.toContain(Buffer.from(hashOfToken(added.token)).toString('base64url'))
  })

  test('is let in no more from its next request on, and its name is free', async () => {
    const rig = await rigged()
    const added = await add(rig)
    if (added.kind !== 'added') throw new Error(added.kind)
    expect(await revoke(rig)).toEqual({ kind: 'revoked' })
    const directory = storedClients(createCredentials(rig.now().db.db))
    expect(directory.byTokenHash(hashOfToken(added.token))).toBeUndefined()
    expect(journal(rig)).toContain('client-revoked')
    expect(await add(rig, HOA, 'anew')).toMatchObject({ kind: 'added' })
  })

  test('is there once, also when two ask for it at the same time; and one that is not there cannot be revoked', async () => {
    const rig = await rigged()
    const access = accessOf(rig)
    const both = ['a', 'b'].map((key) => access.add({ ...ownersRequest(rig, key), client: HOA }))
    const replies = await rig.until(Promise.all(both))
    expect(replies.map(({ kind }) => kind).toSorted()).toEqual(['added', 'refused'])
    expect(journal(rig).match(/client-added/g)).toHaveLength(1)
    expect(await add(rig, HOA, 'later')).toEqual({ kind: 'refused', refusal: 'client-exists', answer: null })
    expect(await revoke(rig, 'nobody')).toEqual({ kind: 'refused', refusal: 'client-unknown', answer: null })
  })

  test('whose adding fell in the middle is added by the same request, and one whose revoking did is revoked', async () => {
    const rig = await rigged()
    const broken = accessOf(rig, falling(rig.now().gateway.path))
    await expect(add(rig, HOA, 'add', broken)).rejects.toThrow('ends here')
    expect(accessOf(rig).list()).toEqual([])
    expect(await add(rig)).toMatchObject({ kind: 'added' })
    await expect(revoke(rig, 'hoa', 'revoke', broken)).rejects.toThrow('ends here')
    expect(accessOf(rig).list()).toEqual([HOA])
    expect(await revoke(rig)).toEqual({ kind: 'revoked' })
    expect(accessOf(rig).list()).toEqual([])
  })

  test(`is refused beside ${CLIENTS_MAX} others, for each request looks at all of them`, async () => {
    const rig = await rigged()
    const { db, clock } = rig.now()
    const credentials = createCredentials(db.db)
    for (let n = 1; n < CLIENTS_MAX; n += 1)
      credentials.addClient(storedClient({ ...HOA, id: `c-${n}` }, `t-${n}`), clock.now())
    expect(await add(rig)).toMatchObject({ kind: 'added' })
    expect(await add(rig, { ...HOA, id: 'one-more' }, 'more')).toMatchObject({ refusal: 'clients-full' })
  })
})
