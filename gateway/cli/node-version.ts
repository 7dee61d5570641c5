/** The oldest Node on which the books can be opened. */
export const NODE_FLOOR = { major: 22, minor: 14 } as const

/** Ends the process with a plain word where Node is too old. */
export function refuseOldNode(version: string): void {
  const problem = oldNodeProblem(version)
  if (problem === undefined) return
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}

/** What is wrong with this version of Node, `22.14.0`, if anything. */
export function oldNodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > NODE_FLOOR.major || (major === NODE_FLOOR.major && minor >= NODE_FLOOR.minor)) return undefined
  return (
    `Tolbooth needs Node ${NODE_FLOOR.major}.${NODE_FLOOR.minor} or newer, and this is ${version}. ` +
    'In the project’s folder, run it by: npx tolbooth (npm ci brings its own Node).'
  )
}
