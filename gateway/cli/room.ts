import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** More than the file itself: a log is written beside it. */
const ROOM_FACTOR = 1.2

/** Refuses, before anything is written, where the folder is missing or there is no room for another file as large as `like` beside `file`. */
export function needRoomFor(file: string, like: string): void {
  const needed = (statSync(like, { throwIfNoEntry: false })?.size ?? 0) * ROOM_FACTOR
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Error(`There is no folder ${folder}. Make it, or name a file in another.`)
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= needed) return
  throw new Error(
    `${mb(needed)} MB are needed in ${folder}, and ${mb(bavail * bsize)} MB are free. Make room, or name a file on another disk.`,
  )
}

function mb(bytes: number): number {
  return Math.ceil(bytes / 1_048_576)
}
