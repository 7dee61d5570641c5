import { createServer } from 'node:net'

/** A port of this machine on which nobody listens now. */
export async function freePort(): Promise<number> {
  const { port, release } = await heldPort()
  await release()
  return port
}

/** Two of them. Held both at once, so that they differ. */
export async function freePorts(): Promise<readonly [number, number]> {
  const first = await heldPort()
  const second = await heldPort()
  await Promise.all([first.release(), second.release()])
  return [first.port, second.port]
}

function heldPort(): Promise<{ readonly port: number; release(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({ port, release: () => new Promise((released) => server.close(() => released())) })
    })
  })
}
