import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import type { Scene } from './lines.ts'
import { viewLine, viewLines } from './lines.ts'

/** Where the view goes: drawn over itself on a terminal, line after line elsewhere. */
export type Screen = {
  /** How often it wants to be shown something. */
  readonly everyMs: number
  show(scene: Scene): void
  /** Text that stays. */
  say(text: string): void
  /** Leaves the last view standing, and the cursor where people expect it. */
  end(): void
}

const TERMINAL_EVERY_MS = 250
const LINES_EVERY_MS = 2_000

export function screenOn(stream: NodeJS.WriteStream): Screen {
  return stream.isTTY ? terminalScreen(stream) : lineScreen(stream)
}

function terminalScreen(stream: WriteStream): Screen {
  const update = createLogUpdate(stream)
  const colours = stream.hasColors()
  return {
    everyMs: TERMINAL_EVERY_MS,
    show(scene) {
      update(viewLines(scene, colours).join('\n'))
    },
    say(text) {
      update.clear()
      stream.write(`${text}\n`)
    },
    end: () => update.done(),
  }
}

function lineScreen(stream: NodeJS.WritableStream): Screen {
  return {
    everyMs: LINES_EVERY_MS,
    show(scene) {
      stream.write(`${viewLine(scene)}\n`)
    },
    say(text) {
      stream.write(`${text}\n`)
    },
    end() {},
  }
}
