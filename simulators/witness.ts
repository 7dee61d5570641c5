import type { CommandSeen, Happenings, Zone } from './world/happenings.ts'
import type { Timeline } from './world/timeline.ts'

/** What somebody who stood at the site all day could testify to: what each device did of what it was told, what was said aloud, who stood where. */
export type Witness = {
  commands(): readonly CommandSeen[]
  spoken(): readonly Spoken[]
  openings(): readonly Opening[]
  armHits(): readonly string[]
}

/** "Received", said or shown. */
export type Spoken = { readonly device: string; readonly charge: string | null; readonly amount: number | null }

/** An arm began to rise. */
export type Opening = {
  readonly lane: string
  readonly atMs: number
  /** For how long nobody had stood at the line or under the arm; 0 where somebody did. */
  readonly emptyForMs: number
  /** Its barrier says that it was told nothing in time, and goes up for that. */
  readonly isByItself: boolean
}

export function witnessOf(happenings: Happenings, timeline: Timeline): Witness {
  const commands: CommandSeen[] = []
  const spoken: Spoken[] = []
  const openings: Opening[] = []
  const armHits: string[] = []
  const lanes = new Map<string, { readonly occupied: Set<Zone>; emptySinceMs: number; byItselfAtMs: number | null }>()

  const laneOf = (lane: string) => {
    const known = lanes.get(lane) ?? { occupied: new Set<Zone>(), emptySinceMs: 0, byItselfAtMs: null }
    lanes.set(lane, known)
    return known
  }

  happenings.listen((happening) => {
    switch (happening.kind) {
      case 'command':
        commands.push(happening)
        return
      case 'announced':
        if (happening.announcement !== 'received') return
        spoken.push({ device: happening.device, charge: happening.charge, amount: happening.amount })
        return
      case 'zone': {
        const lane = laneOf(happening.lane)
        if (happening.vehicles.length > 0) lane.occupied.add(happening.zone)
        else if (lane.occupied.delete(happening.zone)) lane.emptySinceMs = timeline.monotonicMs()
        return
      }
      case 'arm': {
        if (happening.arm !== 'rising') return
        const atMs = timeline.monotonicMs()
        const lane = laneOf(happening.lane)
        openings.push({
          lane: happening.lane,
          atMs,
          emptyForMs: lane.occupied.size > 0 ? 0 : atMs - lane.emptySinceMs,
          isByItself: lane.byItselfAtMs === atMs,
        })
        return
      }
      case 'fail-safe':
        laneOf(happening.lane).byItselfAtMs = timeline.monotonicMs()
        return
      case 'arm-hit':
        armHits.push(`${happening.lane} at ${timeline.monotonicMs()} ms: ${happening.vehicles.join(', ')}`)
        return
      case 'connected':
      case 'disconnected':
      case 'sent':
      case 'acknowledged':
      case 'answered':
      case 'given-up':
      case 'unreadable':
      case 'person':
      case 'fault':
        return
    }
  })

  return {
    commands: () => commands,
    spoken: () => spoken,
    openings: () => openings,
    armHits: () => armHits,
  }
}
