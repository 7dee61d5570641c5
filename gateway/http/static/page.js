// What the pages do beyond their markup. One plain file, as it is served; each page works without it, but slower.
const starts = { live, desk, 'sign-in': signIn, receipt, parking }
starts[document.body.dataset.page]?.()

/** A one-time code stands in the fragment, which no server sees. It leaves the address bar and the history before anything else happens. */
function signIn() {
  const code = location.hash.slice(1)
  if (code === '') return
  history.replaceState(null, '', location.pathname)
  const form = document.getElementById('by-code')
  form.elements.code.value = code
  form.hidden = false
  form.submit()
}

/** A link to this page carries the receipt in its fragment. */
function receipt() {
  const text = location.hash.slice(1)
  if (text === '') return
  history.replaceState(null, '', location.pathname)
  document.getElementById('receipt').value = text
  document.getElementById('receipt-form').requestSubmit()
}

/** The QR code of a ticket carries it in the fragment, which no server sees; from here it goes in the body of a form. */
function parking() {
  const text = location.hash.slice(1)
  const field = document.getElementById('ticket')
  if (text === '' || field === null) return
  history.replaceState(null, '', location.pathname)
  field.value = text
  document.getElementById('ticket-form').requestSubmit()
}

/**
 * Where not all of the page's modules came, it comes again, once and only while the box answers: a page that is given up is better than one that is lost. After that a person decides. One that has
 * begun is never loaded anew by itself.
 */
function desk() {
  const BEGINS_WITHIN_MS = 10_000
  const TRIED = 'tolbooth.desk.reloaded'
  setTimeout(() => void look(), BEGINS_WITHIN_MS)

  async function look() {
    if ('begun' in document.getElementById('desk').dataset) return remember(null)
    if (!(await answers())) return setTimeout(() => void look(), BEGINS_WITHIN_MS)
    if ('begun' in document.getElementById('desk').dataset) return remember(null)
    // Where it cannot be remembered that it was done, it is not done: it would be done for ever.
    if (remembered() === null && remember('yes')) return location.reload()
    document.getElementById('desk-loading').hidden = true
    document.getElementById('desk-stuck').hidden = false
  }

  async function answers() {
    try {
      return (await fetch('/live/stream', { method: 'HEAD', signal: AbortSignal.timeout(5_000) })).ok
    } catch {
      return false
    }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(TRIED)
    } catch {
      return null
    }
  }

  function remember(what) {
    try {
      if (what === null) sessionStorage.removeItem(TRIED)
      else sessionStorage.setItem(TRIED, what)
      return sessionStorage.getItem(TRIED) === what
    } catch {
      return false
    }
  }
}

function live() {
  const SILENT_MS = 6_000
  const RETRY_MS = 3_000
  const root = document.getElementById('live')
  const feed = document.getElementById('feed')
  const empty = document.getElementById('feed-empty')
  const lost = document.getElementById('lost')
  const lostSince = document.getElementById('lost-since')
  const { language } = root.dataset
  const rowsMax = Number(root.dataset.rowsMax)
  let lastId = root.dataset.seq
  let lastHeard = Date.now()
  let shownTime = document.querySelector('[data-panel="time"] b')?.textContent ?? ''
  let source
  let epoch

  connect()
  setInterval(look, 1_000)
  document.addEventListener('visibilitychange', look)

  function connect() {
    source?.close()
    source = new EventSource(`/live/stream?lang=${language}&after=${lastId}`)
    source.addEventListener('hello', (event) => {
      heard(event)
      const hello = JSON.parse(event.data)
      // The books were restored: what stands on the page may never have happened.
      if (epoch !== undefined && hello.epoch !== epoch) location.reload()
      epoch = hello.epoch
    })
    // Too much has happened meanwhile to be told one by one.
    source.addEventListener('gap', () => location.reload())
    source.addEventListener('row', (event) => {
      heard(event)
      feed.insertAdjacentHTML('afterbegin', event.data)
      while (feed.children.length > rowsMax) feed.lastElementChild.remove()
      empty.hidden = true
    })
    source.addEventListener('panels', (event) => {
      heard(event)
      for (const [name, markup] of Object.entries(JSON.parse(event.data))) {
        const panel = document.querySelector(`[data-panel="${name}"]`)
        if (panel !== null) panel.innerHTML = markup
      }
      shownTime = document.querySelector('[data-panel="time"] b')?.textContent ?? shownTime
    })
  }

  function heard(event) {
    if (event.lastEventId !== '') lastId = event.lastEventId
    lastHeard = Date.now()
    lost.hidden = true
  }

  /** The time of day comes every second: silence means that the gateway is out of reach, whatever the connection claims. */
  function look() {
    if (Date.now() - lastHeard < SILENT_MS) return
    if (lost.hidden) {
      lostSince.textContent = shownTime
      lost.hidden = false
    }
    if (Date.now() - lastHeard > SILENT_MS + RETRY_MS) void again()
  }

  let asking = false
  async function again() {
    if (asking) return
    asking = true
    try {
      const answer = await fetch('/live/stream', { method: 'HEAD' })
      // Signed out meanwhile: the page itself then leads to the sign-in.
      if (answer.status === 401 || answer.status === 403) location.reload()
      else if (answer.ok) connect()
    } catch {
      // Out of reach: the next look tries again.
    } finally {
      setTimeout(() => {
        asking = false
      }, RETRY_MS)
    }
  }
}
