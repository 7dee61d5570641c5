import { Buffer } from 'node:buffer'
import type { Browser } from 'playwright-core'
import { toDataURL } from 'qrcode'

/** How somebody holds a phone at night: the paper turned, seen from the side (0: from above), blurred by so many of its own points, lit so much (1: by day), and with so much noise. */
export type Shot = {
  readonly turnedDegrees?: number
  readonly aside?: number
  readonly blurPixels?: number
  readonly light?: number
  readonly noise?: number
  /** How much of the picture's height the code takes. */
  readonly share?: number
}

export type Photographer = {
  /** A JPEG of a ticket's code on paper on a dark seat, 1600 × 1200. */
  ticket(text: string, shot: Shot): Promise<Buffer>
  /** A JPEG of a vehicle from before, with its plate. */
  vehicle(plate: string, colour: string): Promise<Buffer>
}

/** Takes pictures with a browser's own canvas. */
export async function openPhotographer(browser: Browser): Promise<Photographer> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const taken = async (script: string): Promise<Buffer> => {
    const url = await page.evaluate<string>(script)
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
  }
  return {
    ticket: async (text, shot) => {
      const code: string = await toDataURL(text, { width: 900, margin: 4 })
      return taken(`(${TICKET})(${JSON.stringify({ code, ...shot })})`)
    },
    vehicle: (plate, colour) => taken(`(${VEHICLE})(${JSON.stringify({ plate, colour })})`),
  }
}

const TICKET = `async ({ code, turnedDegrees = 0, aside = 0, blurPixels = 0, light = 1, noise = 0, share = 0.6 }) => {
  const canvas = document.createElement('canvas')
  canvas.width = 1600
  canvas.height = 1200
  const drawing = canvas.getContext('2d')
  const image = new Image()
  image.src = code
  await image.decode()
  drawing.fillStyle = '#4a4038'
  drawing.fillRect(0, 0, 1600, 1200)
  // Seen from the side: what is farther is narrower and lower.
  const side = 1200 * share
  const flat = document.createElement('canvas')
  flat.width = flat.height = Math.ceil(side)
  const strips = flat.getContext('2d')
  const steep = aside / (1 - aside)
  for (let y = 0; y < side; y += 1) {
    const from = ((y / side) * (1 + steep)) / (1 + (steep * y) / side)
    const to = (((y + 1) / side) * (1 + steep)) / (1 + (steep * (y + 1)) / side)
    const width = side / (1 + steep * (1 - from))
    strips.drawImage(image, 0, from * image.height, image.width, (to - from) * image.height, (side - width) / 2, y, width, 1)
  }
  drawing.save()
  drawing.filter = blurPixels > 0 ? 'blur(' + blurPixels + 'px)' : 'none'
  drawing.translate(800, 600)
  drawing.rotate((turnedDegrees * Math.PI) / 180)
  drawing.drawImage(flat, -side / 2, (-side * (1 - aside / 2)) / 2, side, side * (1 - aside / 2))
  drawing.restore()
  const points = drawing.getImageData(0, 0, 1600, 1200)
  let seed = 7
  for (let i = 0; i < points.data.length; i += 4) {
    // Lamp light falls off to one side.
    const lamp = light === 1 ? 1 : light * (1.2 - (0.7 * ((i / 4) % 1600)) / 1600)
    for (let channel = 0; channel < 3; channel += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648
      points.data[i + channel] = points.data[i + channel] * lamp + (seed / 2147483648 - 0.5) * noise
    }
  }
  drawing.putImageData(points, 0, 0)
  return canvas.toDataURL('image/jpeg', 0.7)
}`

const VEHICLE = `async ({ plate, colour }) => {
  const canvas = document.createElement('canvas')
  canvas.width = 1280
  canvas.height = 720
  const drawing = canvas.getContext('2d')
  drawing.fillStyle = '#20262c'
  drawing.fillRect(0, 0, 1280, 720)
  drawing.fillStyle = '#3b434b'
  drawing.fillRect(0, 520, 1280, 200)
  drawing.fillStyle = colour
  drawing.beginPath()
  drawing.roundRect(260, 240, 760, 340, 40)
  drawing.roundRect(360, 110, 560, 200, 50)
  drawing.fill()
  drawing.fillStyle = '#10161c'
  drawing.fillRect(400, 150, 480, 110)
  drawing.fillStyle = '#fff7c8'
  for (const x of [330, 950]) {
    drawing.beginPath()
    drawing.arc(x, 380, 42, 0, 7)
    drawing.fill()
  }
  drawing.fillStyle = '#fff'
  drawing.fillRect(450, 440, 380, 84)
  drawing.fillStyle = '#000'
  drawing.font = 'bold 56px sans-serif'
  drawing.textAlign = 'center'
  drawing.fillText(plate, 640, 502)
  return canvas.toDataURL('image/jpeg', 0.8)
}`
