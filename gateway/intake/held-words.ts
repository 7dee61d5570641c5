import type { DeviceId } from '../../core/ids.ts'
import type { Alarm, Clock } from '../clock/clock.ts'

/** `isOfThisLine`: it was said on the connection that the device has now; else it is evidence, and nothing moves on it. */
export type GiveWord = (isOfThisLine: boolean) => Promise<'taken' | 'again'>

/** Words of devices that chatter, which wait until the device has said nothing else for a while. The newest of each device; nothing here outlives the process. */
export type HeldWords = {
  /** Gives it when it has waited for so long since the first of those that said the same. Given once more after `QUIET_MS` where it could not be taken. */
  hold(device: DeviceId, waitMs: number, give: GiveWord): void
  /** It has said something else. */
  letGo(device: DeviceId): void
  /** At once: nobody may decide on less than what it said last. */
  giveNow(device: DeviceId): void
  /** It has greeted anew, or has gone: what waits was said before that. */
  cutOff(device: DeviceId): void
  stop(): void
}

/** Longer than a contact bounces; by so much longer an arm stays up behind a vehicle while its loop chatters. */
export const QUIET_MS = 3_000

type Said = {
  held: { readonly alarm: Alarm; readonly give: GiveWord; readonly line: number } | undefined
  /** Counts its connections. */
  line: number
  /** Counts what it has said: a word that could not be taken has been overtaken by the next. */
  word: number
}

export function createHeldWords({ clock }: { readonly clock: Pick<Clock, 'after'> }): HeldWords {
  const devices = new Map<DeviceId, Said>()
  let isStopped = false

  return {
    hold(id, waitMs, give) {
      if (isStopped) return
      const said = saidOf(id)
      const alarm = said.held?.alarm ?? clock.after(waitMs, () => giveHeld(said))
      said.held = { alarm, give, line: said.line }
      said.word += 1
    },
    letGo(id) {
      letGo(saidOf(id))
    },
    giveNow(id) {
      const said = devices.get(id)
      said?.held?.alarm.cancel()
      if (said !== undefined) giveHeld(said)
    },
    cutOff(id) {
      const said = devices.get(id)
      if (said !== undefined) said.line += 1
    },
    stop() {
      isStopped = true
      for (const said of devices.values()) letGo(said)
    },
  }

  function saidOf(id: DeviceId): Said {
    const known = devices.get(id)
    if (known !== undefined) return known
    const said: Said = { held: undefined, line: 0, word: 0 }
    devices.set(id, said)
    return said
  }

  function giveHeld(said: Said): void {
    const { held, word } = said
    if (held === undefined) return
    said.held = undefined
    void held.give(held.line === said.line).then((outcome) => {
      if (outcome === 'taken' || isStopped || said.word !== word) return
      said.held = { ...held, alarm: clock.after(QUIET_MS, () => giveHeld(said)) }
    })
  }

  function letGo(said: Said): void {
    said.held?.alarm.cancel()
    said.held = undefined
    said.word += 1
  }
}
