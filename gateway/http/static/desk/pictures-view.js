/**
 * The pictures that a case names: fetched when somebody taps, and drawn on a canvas, so that no picture has an address on this page and its policy need allow none.
 *
 * @import { Box } from './box.js'
 * @import { Said } from './said.js'
 * @import { Case, PictureName } from './wire.js'
 */

import { h } from './dom.js'
import { filled } from './said.js'

/** Sharp enough for a plate at full screen, and four of them fit a small phone’s memory. */
const SIDE_MAX = 1_600
/** A case has two; one that would have more shows so many. */
export const PICTURES_MAX = 4
/** A name of the gateway’s own: the file itself may have gone. */
const OWN_NAME = /^[0-9a-f]{64}\.(?:jpg|png)$/

/** @param {{ readonly said: Said, readonly box: Box }} parts */
export function createPicturesView({ said, box }) {
  const { words } = said
  /**
   * By case. They outlive a new drawing of the list, and go with their case.
   * @type {Map<string, HTMLElement>}
   */
  const places = new Map()

  /** @param {Case} one */
  const place = (one) => {
    const refs = one.pictures.filter((ref) => ref.startsWith('picture:')).slice(0, PICTURES_MAX)
    if (refs.length === 0) return undefined
    const known = places.get(one.id)
    if (known !== undefined) return known
    const node = h('div', { class: 'pictures-of' })
    places.set(one.id, node)
    closed(node, one.id, refs)
    return node
  }

  /**
   * @param {HTMLElement} node
   * @param {string} id
   * @param {readonly string[]} refs
   */
  const closed = (node, id, refs) => {
    const look = h('button', {
      type: 'button',
      class: 'quiet',
      id: `pictures-${id}`,
      click: () => opened(node, id, refs),
    })
    look.textContent = filled(words.showPictures, { count: refs.length })
    node.replaceChildren(look)
  }

  /**
   * @param {HTMLElement} node
   * @param {string} id
   * @param {readonly string[]} refs
   */
  const opened = (node, id, refs) => {
    const frames = refs.map((ref, index) => frame(ref, index + 1))
    const hide = h(
      'button',
      { type: 'button', class: 'quiet', click: () => closed(node, id, refs) },
      words.hidePictures,
    )
    node.replaceChildren(h('div', { class: 'pictures' }, frames), hide)
    hide.focus({ preventScroll: true })
  }

  /**
   * @param {string} ref
   * @param {number} n
   */
  const frame = (ref, n) => {
    const name = h('figcaption', { class: 'muted' }, filled(words.picture, { n }))
    const inside = h('div', { class: 'inside', 'aria-live': 'polite' })
    void fetchInto(inside, name, ref, n)
    return h('figure', { class: 'picture' }, inside, name)
  }

  /**
   * @param {HTMLElement} inside
   * @param {HTMLElement} caption
   * @param {string} ref
   * @param {number} n
   */
  const fetchInto = async (inside, caption, ref, n) => {
    /**
     * @param {string} text
     * @param {boolean} [isWorthAgain]
     */
    const say = (text, isWorthAgain = false) =>
      inside.replaceChildren(
        h('p', {}, text),
        ...(isWorthAgain
          ? [
              h(
                'button',
                { type: 'button', class: 'quiet', click: () => void fetchInto(inside, caption, ref, n) },
                words.pictureAgain,
              ),
            ]
          : []),
      )
    say(words.pictureComes)
    const path = `/v1/pictures/${encodeURIComponent(ref)}`
    const told = await box.ask({ method: 'GET', path: `${path}/name` })
    if (told.kind === 'refused' && told.isFinal) return say(words.pictureNotYours)
    if (told.kind !== 'done') return say(words.pictureNoAnswer, true)
    const { name, lane, isKept } = /** @type {PictureName} */ (told.body)
    const title = filled(words.picture, { n }) + (lane === null ? '' : ` · ${said.lane(lane)}`)
    caption.textContent = title
    if (name === null) return say(words.pictureGone)
    if (!isKept) return say(OWN_NAME.test(name) ? words.pictureGone : filled(words.pictureElsewhere, { name }))
    const answer = await box.picture(path)
    if (answer.kind === 'refused' && answer.isFinal) return say(words.pictureGone)
    if (answer.kind !== 'picture') return say(words.pictureNoAnswer, true)
    const drawn = await drawnOn(answer.picture, title)
    return drawn === undefined ? say(words.pictureBroken) : inside.replaceChildren(enlarging(drawn, title))
  }

  /**
   * A tap shows it as large as the screen, and another one puts it back.
   * @param {HTMLCanvasElement} canvas
   * @param {string} title
   */
  const enlarging = (canvas, title) => {
    /** @param {boolean} isLarge */
    const turn = (isLarge) => button.setAttribute('aria-pressed', String(isLarge))
    const button = h(
      'button',
      {
        type: 'button',
        class: 'enlarge',
        'aria-label': filled(words.enlarge, { what: title }),
        'aria-pressed': 'false',
        click: () => turn(button.getAttribute('aria-pressed') !== 'true'),
        keydown: (event) => {
          if (event instanceof KeyboardEvent && event.key === 'Escape') turn(false)
        },
      },
      canvas,
    )
    return button
  }

  return {
    place,
    /**
     * Of cases that are over nothing stays on the page.
     * @param {readonly Case[]} cases
     */
    keepOnly(cases) {
      const open = new Set(cases.map(({ id }) => id))
      for (const id of places.keys()) if (!open.has(id)) places.delete(id)
    },
  }
}

/** @typedef {ReturnType<typeof createPicturesView>} PicturesView */

/**
 * @param {Blob} picture
 * @param {string} title
 * @returns {Promise<HTMLCanvasElement | undefined>}
 */
async function drawnOn(picture, title) {
  try {
    const bitmap = await createImageBitmap(picture)
    const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height))
    const canvas = h('canvas', { role: 'img', 'aria-label': title })
    canvas.width = Math.max(1, Math.round(bitmap.width * scale))
    canvas.height = Math.max(1, Math.round(bitmap.height * scale))
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    return canvas
  } catch {
    // What cannot be decoded is no picture.
    return undefined
  }
}
