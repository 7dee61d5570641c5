import { create } from 'qrcode'

/** Modules of white around the code: readers ask for four. */
const QUIET = 4

/** The dark modules of a QR code as one SVG path, in a square of so many modules with the quiet zone in it. */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const path: string[] = []
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column) === 1) path.push(`M${column + QUIET} ${row + QUIET}h1v1h-1z`)
    }
  }
  return { size: modules.size + 2 * QUIET, path: path.join('') }
}

/** The same for a terminal: two rows of modules in a line of text, light on dark turned round, so that a reader sees dark on light. */
export function qrBlocks(text: string): string {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const isLight = (row: number, column: number): boolean => {
    const isInside = row >= 0 && column >= 0 && row < modules.size && column < modules.size
    return !isInside || modules.get(row, column) === 0
  }
  const lines: string[] = []
  for (let row = -QUIET; row < modules.size + QUIET; row += 2) {
    const line: string[] = []
    for (let column = -QUIET; column < modules.size + QUIET; column += 1) {
      const [above, below] = [isLight(row, column), isLight(row + 1, column)]
      line.push(above ? (below ? '█' : '▀') : below ? '▄' : ' ')
    }
    lines.push(line.join(''))
  }
  return lines.join('\n')
}

/** A picture of a QR code that stands by itself: for a printer, a card or a mail. */
export function qrSvg(text: string): string {
  const { size, path } = qrPath(text)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>\n`
}
