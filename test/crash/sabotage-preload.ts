import { registerHooks } from 'node:module'
import { isSabotage, sabotaged } from './sabotage.ts'

/** For `node --import`: loads the program with the sabotage that CRASH_SABOTAGE names. */
const sabotage = process.env['CRASH_SABOTAGE'] ?? ''
if (!isSabotage(sabotage)) throw new Error(`there is no sabotage ${sabotage}`)

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const { source } = loaded
    if (source === undefined || source === null || !url.startsWith('file:') || url.includes('/node_modules/'))
      return loaded
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString()
    return { ...loaded, source: sabotaged(sabotage, url, text) }
  },
})
