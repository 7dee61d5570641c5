import { accessSync, constants, mkdirSync } from 'node:fs'

/** Makes the data folder where there is none, readable by its owner only. Throws, with what to do, where it cannot be had or written to. */
export function makeDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(dataFolderProblem(dataDir, error), { cause: error })
  }
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
    case 'ENOSPC':
      return `There is no room on the disk for the data folder ${dataDir}. Free some, ${orAnother}.`
    default:
      return `The data folder ${dataDir} cannot be had: ${error instanceof Error ? error.message : String(error)}.`
  }
}
