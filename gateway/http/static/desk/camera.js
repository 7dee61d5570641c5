import { decodeQR } from 'qr/decode.js'

/** A photograph of a phone has 12 million points; a code needs far fewer, and a small one a closer look. */
const ASIDE = Math.PI / 8
const LOOKS = [
  { side: 700, turn: 0 },
  { side: 1_200, turn: 0 },
  // Turned and seen from the side at once, a code's corners are found when the picture is turned back some way. No one turn finds them all, so there are several.
  { side: 900, turn: ASIDE },
  { side: 900, turn: -ASIDE },
  { side: 900, turn: ASIDE / 2 },
  { side: 900, turn: -ASIDE / 2 },
  { side: 900, turn: 2 * ASIDE },
  { side: 1_300, turn: ASIDE },
  { side: 1_300, turn: -ASIDE },
  { side: 2_000, turn: 0 },
]

/**
 * The text of a QR code on a picture, read on this phone; `undefined` where there is none. The picture goes nowhere.
 * @param {Blob} picture
 * @returns {Promise<string | undefined>}
 */
export async function codeOn(picture) {
  let bitmap
  try {
    bitmap = await createImageBitmap(picture)
  } catch {
    return undefined
  }
  try {
    let isSeenWhole = false
    for (const { side, turn } of LOOKS) {
      // At its full size already: a larger look shows nothing more.
      if (turn === 0 && isSeenWhole) continue
      const text = codeAt(bitmap, side, turn)
      if (text !== undefined) return text
      if (turn === 0) isSeenWhole = side >= Math.max(bitmap.width, bitmap.height)
      // The page goes on living between two looks.
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    return undefined
  } finally {
    bitmap.close()
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} side
 * @param {number} turn radians
 * @returns {string | undefined}
 */
function codeAt(bitmap, side, turn) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  const [width, height] = [
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  ]
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))]
  canvas.width = Math.ceil(width * cos + height * sin)
  canvas.height = Math.ceil(width * sin + height * cos)
  const drawing = canvas.getContext('2d', { willReadFrequently: true })
  if (drawing === null) return undefined
  drawing.translate(canvas.width / 2, canvas.height / 2)
  drawing.rotate(turn)
  drawing.drawImage(bitmap, -width / 2, -height / 2, width, height)
  try {
    return decodeQR(drawing.getImageData(0, 0, canvas.width, canvas.height))
  } catch {
    // It throws where it finds no code.
    return undefined
  }
}
