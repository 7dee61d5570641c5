// Runs inside the page under test, which reaches it as `inPage`.
globalThis.inPage = { focused, textOfLowContrast, wider }

/** What has the keyboard: its text, its id, and whether that is to be seen. */
function focused() {
  const { activeElement } = document
  return {
    id: activeElement.id,
    text: activeElement.textContent.trim(),
    outline: getComputedStyle(activeElement).outlineStyle,
  }
}

/** Text whose contrast with what lies behind it is under 4.5 : 1 (3 : 1 for large text), by WCAG 2.2; each with the figure. */
function textOfLowContrast() {
  const low = []
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!own || !element.checkVisibility()) continue
    const style = getComputedStyle(element)
    const [light, dark] = [luminance(parse(style.color)), luminance(behind(element))].sort((a, b) => b - a)
    const contrast = (light + 0.05) / (dark + 0.05)
    const large = Number.parseInt(style.fontSize, 10) >= 24
    if (contrast < (large ? 3 : 4.5))
      low.push(`${contrast.toFixed(1)} : 1 for "${element.textContent.trim().slice(0, 40)}"`)
  }
  return low
}

function parse(text) {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number)
  return { r, g, b, a }
}

/** What is wider than the box that it stands in, and does not scroll there: it is cut off, lies over its neighbour, or pushes the page. */
function wider() {
  const over = []
  for (const element of document.querySelectorAll('body *')) {
    const { scrollWidth, clientWidth } = element
    if (clientWidth === 0 || scrollWidth <= clientWidth + 1) continue
    const { overflowX, display } = getComputedStyle(element)
    if (overflowX !== 'visible' || display === 'inline' || isForEarsAlone(element)) continue
    over.push(`${scrollWidth} in ${clientWidth}: ${element.tagName} ${element.textContent.trim().slice(0, 40)}`)
  }
  return over
}

/** What is clipped away is read out, and takes no room. */
function isForEarsAlone(element) {
  for (let at = element; at !== null; at = at.parentElement) {
    if (getComputedStyle(at).clipPath !== 'none') return true
  }
  return false
}

function luminance({ r, g, b }) {
  const [red, green, blue] = [r, g, b].map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function behind(element) {
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor)
    if (colour.a === 1) return colour
  }
  return { r: 255, g: 255, b: 255, a: 1 }
}
