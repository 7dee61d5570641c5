import { accessSync, constants } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Node's flag for the number of threads that work for V8 beside the one that decides: they mark garbage and compile. */
const HELPERS_FLAG = '--v8-pool-size'
/** Node's own number, whatever the machine. */
const HELPERS_MAX = 4

/** What Node is told for `tolbooth serve`: one core is left to the thread that decides, or its garbage collector's helpers take it away from it (decision 088). */
export function serviceFlags(cores: number = availableParallelism()): readonly string[] {
  return [`${HELPERS_FLAG}=${Math.max(1, Math.min(HELPERS_MAX, cores - 1))}`]
}

/**
 * Puts a process with these flags in the place of this one: its number, its streams and its parent stay. Nothing happens where somebody has said how many helpers there shall be, where the parent
 * has a channel to this process, which would be lost, and where the system or Node cannot do it: then the service is only slower at times. Where the system refuses only when it is asked (a program folder
 * that nothing may be started from), Node ends the process and says so: name the flag in NODE_OPTIONS there.
 */
export function becomeService(program: string): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? '']
  if (given.some((flag) => flag.includes(HELPERS_FLAG)) || process.channel !== undefined) return
  if (process.platform === 'win32' || typeof process.execve !== 'function' || !isProgram(process.execPath)) return
  process.execve(process.execPath, [
    process.execPath,
    ...process.execArgv,
    ...serviceFlags(),
    program,
    ...process.argv.slice(2),
  ])
}

/** It may have been replaced by an update since this process began. */
function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
