import { decodeQR } from 'qr/decode.js'

/** A photograph of a phone has 12 million points; a code needs far fewer, and a small one a closer look. */
const SIDES = [700, 1_200, 2_000]

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
    for (const side of SIDES) {
      const text = codeAt(bitmap, side)
      if (text !== undefined) return text
      if (side >= Math.max(bitmap.width, bitmap.height)) break
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
 * @returns {string | undefined}
 */
function codeAt(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const drawing = canvas.getContext('2d', { willReadFrequently: true })
  if (drawing === null) return undefined
  drawing.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  try {
    return decodeQR(drawing.getImageData(0, 0, canvas.width, canvas.height))
  } catch {
    // It throws where it finds no code.
    return undefined
  }
}
