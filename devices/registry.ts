import { barrier } from './barrier/barrier.ts'
import { barrierShellyGen2 } from './barrier-shelly-gen2/barrier-shelly-gen2.ts'
import { barrierTasmota } from './barrier-tasmota/barrier-tasmota.ts'
import { camera } from './camera/camera.ts'
import { display } from './display/display.ts'
import type { Driver } from './driver.ts'
import { emergency } from './emergency/emergency.ts'
import { frigateCamera } from './frigate-camera/frigate-camera.ts'
import { hikvisionCamera } from './hikvision-camera/hikvision-camera.ts'
import { loop } from './loop/loop.ts'
import { loopShellyInput } from './loop-shelly-input/loop-shelly-input.ts'
import { printer } from './printer/printer.ts'
import { qrReader } from './qr-reader/qr-reader.ts'
import { soundbox } from './soundbox/soundbox.ts'
import { ticketButton } from './ticket-button/ticket-button.ts'
import { till } from './till/till.ts'

/** Every kind of device that can be enrolled. How to add one: docs/how-to-add-a-device.md. */
export const drivers: readonly Driver[] = [
  qrReader,
  till,
  barrier,
  loop,
  display,
  soundbox,
  emergency,
  barrierShellyGen2,
  barrierTasmota,
  loopShellyInput,
  camera,
  ticketButton,
  printer,
  frigateCamera,
  hikvisionCamera,
]

/** The driver that a device was enrolled with, or `undefined` where this version has none of that name. */
export function driverNamed(name: string): Driver | undefined {
  return byName.get(name)
}

const byName = new Map(drivers.map((driver) => [driver.name, driver]))
