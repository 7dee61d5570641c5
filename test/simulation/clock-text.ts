import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts'

/** Virtual time since a site opened, in days and hours: `12d 13:05:07.250`. */
export function clockText(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0')
  const [day, hour, minute] = [Math.floor(ms / DAY_MS), (ms / HOUR_MS) % 24, (ms / MINUTE_MS) % 60]
  return `${day}d ${part(hour, 2)}:${part(minute, 2)}:${part((ms / SECOND_MS) % 60, 2)}.${part(ms % SECOND_MS, 3)}`
}
