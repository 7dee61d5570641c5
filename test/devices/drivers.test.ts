import { describe, expect, it } from 'vitest'
import { driverNamed, drivers } from '../../devices/registry.ts'
import { describeDriverContract } from './driver-contract.ts'
import { driversWithFixtures, fixturesOf } from './fixtures.ts'

describe('every driver in the registry', () => {
  for (const driver of drivers) describeDriverContract(driver, fixturesOf(driver.name))
})

describe('the registry', () => {
  it('has each name once, and fixtures for each', () => {
    const names = drivers.map((driver) => driver.name).toSorted()
    expect(new Set(names).size).toBe(names.length)
    expect(driversWithFixtures().toSorted()).toEqual(names)
  })

  it('finds a driver by the name in its enrolment, and nothing by a name that it does not know', () => {
    expect(driverNamed('soundbox')?.kind).toBe('soundbox')
    expect(driverNamed('barrier-shelly-gen2')?.kind).toBe('barrier')
    expect(driverNamed('toString')).toBeUndefined()
  })
})
