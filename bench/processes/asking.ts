import type { ChildProcess } from 'node:child_process'

/** What a process of a measurement can be asked: for each question its arguments and its answer. */
export type Questions = Readonly<Record<string, { readonly ask: unknown; readonly answer: unknown }>>

export type Asked<Of extends Questions> = <Name extends keyof Of & string>(
  name: Name,
  ask: Of[Name]['ask'],
) => Promise<Of[Name]['answer']>

type Call = { readonly id: number; readonly name: string; readonly ask: unknown }
type Reply = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly problem: string }

/** Asks a child that was forked and runs `answerParent`. A child that ends fails every question that is open. */
export function asking<Of extends Questions>(child: ChildProcess): Asked<Of> {
  const open = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let ended: string | undefined
  child.on('message', (message) => {
    const reply = message as Reply
    const waiting = open.get(reply.id)
    open.delete(reply.id)
    if ('problem' in reply) waiting?.reject(new Error(reply.problem))
    else waiting?.resolve(reply.answer)
  })
  child.once('exit', (code, signal) => {
    ended = `process ${child.pid} ended with ${signal ?? code}`
    for (const waiting of open.values()) waiting.reject(new Error(ended))
  })
  return (name, ask) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(new Error(ended))
        return
      }
      lastId += 1
      open.set(lastId, { resolve: resolve as (answer: unknown) => void, reject })
      child.send({ id: lastId, name, ask } satisfies Call)
    })
}

/** Answers the process that forked this one, and ends with it. */
export function answerParent<Of extends Questions>(
  answers: {
    readonly [Name in keyof Of]: (ask: Of[Name]['ask']) => Promise<Of[Name]['answer']> | Of[Name]['answer']
  },
): void {
  process.on('message', (message) => {
    const { id, name, ask } = message as Call
    const reply = (answer: Reply): void => void process.send?.(answer)
    Promise.resolve()
      .then(() => answers[name]?.(ask as never))
      .then(
        (answer) => reply({ id, answer }),
        (error: unknown) =>
          reply({ id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
  })
  process.once('disconnect', () => process.exit(0))
}
