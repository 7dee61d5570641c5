import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceId } from '../../core/ids.ts'
import type { AddressedCommand, DeviceAddress, Encoded, FailSafe, Parsed } from '../../devices/driver.ts'

const FOLDER = join(import.meta.dirname, 'fixtures')

/** What a kind of device truly says and is told, and what its driver is to make of it. */
export type DriverFixtures = {
  /** Where the messages are from, where they do not say it themselves. */
  readonly source: string
  readonly address: DeviceAddress
  readonly messages: readonly FixtureMessage[]
  readonly commands: readonly FixtureCommand[]
  /** Of a device that keeps a fail-safe setting: how it is told each. */
  readonly failSafe?: readonly FixtureFailSafe[]
  /** Of a device that can be asked what is now: how it is asked. Its answer is among its messages. */
  readonly asks?: readonly FixtureAsk[]
}

export type FixtureMessage = {
  readonly name: string
  readonly source?: string
  readonly topic: string
  readonly payload: string
  readonly parsed: Parsed
}

export type FixtureCommand = {
  readonly name: string
  readonly source?: string
  readonly command: AddressedCommand
  /** `null`: the driver has no way to do it. */
  readonly encoded: { readonly topic: string; readonly payload: string; readonly qos: Encoded['qos'] } | null
}

export type FixtureFailSafe = {
  readonly name: string
  readonly setting: FailSafe
  readonly encoded: { readonly topic: string; readonly payload: string; readonly qos: Encoded['qos'] }
}

export type FixtureAsk = {
  readonly name: string
  readonly source?: string
  readonly ask: string
  readonly encoded: { readonly topic: string; readonly payload: string; readonly qos: Encoded['qos'] }
}

export function fixturesOf(driver: string): DriverFixtures {
  return readFixtures(join(FOLDER, driver, 'fixtures.json'))
}

export function readFixtures(path: string): DriverFixtures {
  // The files are ours and are compared field by field: what does not fit its type fails its test.
  const file: DriverFixtures & { readonly site: string; readonly device: string } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  return { ...file, address: { site: file.site, device: deviceId(file.device) } }
}

export function driversWithFixtures(): readonly string[] {
  return readdirSync(FOLDER)
}
