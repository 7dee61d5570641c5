import type { LaneGround } from '../lane-ground.ts'
import type { Alarm, Timeline } from '../world/timeline.ts'

/**
 * A barrier's own controller, as one that is bought has it: a contact that opens, a contact that says that the arm is down, and a safety loop of its own. It goes up while
 * the contact is closed, and comes down by itself: behind whoever has passed, or when nobody has for a while, and never on somebody.
 */
export type ArmController = {
  contact(isClosed: boolean): void
  isDown(): boolean
  /** The motor does not turn. Its relay cannot know. */
  setStuck(stuck: boolean): void
}

const CLEAR_FOR_MS = 800
const NOBODY_CAME_MS = 22_000

export function armController(
  { timeline, travelMs, onDown }: { timeline: Timeline; travelMs: number; onDown: (isDown: boolean) => void },
  ground: LaneGround,
): ArmController {
  let isHeld = false
  let isStuck = false
  let isOccupied = ground.isOccupied('safety')
  let travel: Alarm | undefined
  let fall: Alarm | undefined

  const isDown = (): boolean => ground.arm() === 'closed'

  function move(by: 'rising' | 'falling', to: 'open' | 'closed'): void {
    if (isStuck || ground.arm() === to || ground.arm() === by) return
    travel?.cancel()
    const wasDown = isDown()
    ground.setArm(by)
    if (wasDown) onDown(false)
    travel = timeline.after(travelMs, () => {
      travel = undefined
      ground.setArm(to)
      if (to === 'closed') onDown(true)
    })
  }

  function fallAfter(ms: number): void {
    fall?.cancel()
    fall = undefined
    if (isHeld || isDown()) return
    fall = timeline.after(ms, () => {
      if (!isHeld && !ground.isOccupied('safety')) move('falling', 'closed')
    })
  }

  ground.watch(() => {
    const occupied = ground.isOccupied('safety')
    if (occupied === isOccupied) return
    isOccupied = occupied
    if (!occupied) {
      fallAfter(CLEAR_FOR_MS)
      return
    }
    fall?.cancel()
    if (ground.arm() === 'falling') move('rising', 'open')
  })

  return {
    contact(isClosed) {
      isHeld = isClosed
      if (isClosed) {
        fall?.cancel()
        move('rising', 'open')
      } else if (!ground.isOccupied('safety')) {
        fallAfter(NOBODY_CAME_MS)
      }
    },
    isDown,
    setStuck(stuck) {
      isStuck = stuck
      if (!stuck && !isHeld) fallAfter(CLEAR_FOR_MS)
    },
  }
}
