/** One thing that was looked at. `warn`: it works, and somebody should look at it. */
export type Finding = {
  readonly what: string
  readonly state: 'good' | 'warn' | 'bad'
  readonly vi: string
  readonly en: string
}

export function good(what: string, vi: string, en: string): Finding {
  return { what, state: 'good', vi, en }
}

export function warn(what: string, vi: string, en: string): Finding {
  return { what, state: 'warn', vi, en }
}

export function bad(what: string, vi: string, en: string): Finding {
  return { what, state: 'bad', vi, en }
}
