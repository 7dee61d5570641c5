import { zoneRules } from '../../../gateway/clock/zone-rules.ts'

export const HANOI = zoneRules('Asia/Ho_Chi_Minh')
export const BERLIN = zoneRules('Europe/Berlin')
export const NEW_YORK = zoneRules('America/New_York')
/** Its clock is put forward, and back, at midnight. */
export const BEIRUT = zoneRules('Asia/Beirut')
/** Until 2011 it was put back at one minute past midnight, into the day before. */
export const ST_JOHNS = zoneRules('America/St_Johns')
/** Half an hour of daylight saving. */
export const LORD_HOWE = zoneRules('Australia/Lord_Howe')
/** 30 December 2011 did not happen there. */
export const APIA = zoneRules('Pacific/Apia')

export const ZONES = [HANOI, BERLIN, NEW_YORK, BEIRUT, ST_JOHNS, LORD_HOWE, APIA]
