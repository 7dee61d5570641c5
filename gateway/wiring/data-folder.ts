import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Makes the data folder where there is none, readable by its owner only. Throws, with what to do, where it cannot be had or written to. */
export function makeDataFolder(dataDir: string): void {
  try {
    makeFolder(resolve(dataDir))
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(dataFolderProblem(dataDir, error), { cause: error })
  }
}

/** One folder after another: Node's own way of making several tries for ever where a file system makes none (`/proc`). */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  if (!existsSync(folder)) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it in this moment.
    if (!isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The system's own words name no setting. */
export function dataFolderProblem(dataDir: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const orAnother = 'or name another folder in TOLBOOTH_DATA_DIR'
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `${dataDir} cannot be the data folder: it is a file, or lies in one. Move that away, ${orAnother}.`
    case 'EACCES':
    case 'EPERM':
      return `This user may not write to the data folder ${dataDir}. Give it to the user that runs the gateway: sudo install -d -m 700 -o tolbooth ${dataDir}; ${orAnother}.`
    case 'EROFS':
      return `The data folder ${dataDir} is on a disk that is mounted to be read only: after errors a disk is. Look at dmesg, ${orAnother}.`
    case 'ENOENT':
      return `${dataDir} cannot be the data folder: no folder can be made in ${dirname(dataDir)}. Name another folder in TOLBOOTH_DATA_DIR.`
    case 'ENOSPC':
      return `There is no room on the disk for the data folder ${dataDir}. Free some, ${orAnother}.`
    default:
      return `The data folder ${dataDir} cannot be had: ${error instanceof Error ? error.message : String(error)}.`
  }
}
