/**
 * @typedef {Node | string | null | undefined | false} Child
 * @typedef {Readonly<Record<string, string | boolean | ((event: Event) => void) | undefined>>} Properties
 */

/**
 * An element with its attributes, what it does, and its children. Text is text: nothing that comes from outside is ever read as markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} properties
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (typeof value === 'string') element.setAttribute(name, value)
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child)
  }
  return element
}

/**
 * Draws a part of the page anew when what it shows has changed, and leaves the keyboard where it was.
 * @param {Element} part
 */
export function drawnWhenChanged(part) {
  let shown = ''
  /**
   * @param {unknown} of what it shows, as plain data
   * @param {() => readonly Child[]} draw
   */
  return (of, draw) => {
    const now = JSON.stringify(of)
    if (now === shown) return
    shown = now
    const focused = part.contains(document.activeElement) ? document.activeElement?.id : undefined
    part.replaceChildren(...draw().filter((child) => child !== null && child !== undefined && child !== false))
    if (focused) document.getElementById(focused)?.focus()
  }
}
