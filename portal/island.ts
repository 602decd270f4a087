/**
 * After paint: counts down, plays the film without sound, keeps an unsent complaint. The page works without all of it,
 * and nothing here is trusted: the box counts the time itself. Captive browsers throw on storage, so every touch is guarded.
 */

/** As often as the box reads its counters. */
const FRESH_MS = 15_000
/** A film that has not started by then will not: show its words instead. */
const FILM_PATIENCE_MS = 8_000

countDown()
playFilm()
keepDraft()
keepFresh()

function countDown(): void {
  const form = document.querySelector<HTMLFormElement>('[data-seconds]')
  const button = form && form.querySelector<HTMLButtonElement>('button')
  const words = form && form.querySelector<HTMLElement>('[data-count]')
  if (!form || !button || !words) return
  const total = Number(form.dataset['seconds'])
  const end = Date.now() + total * 1000
  const bar = form.querySelector<HTMLProgressElement>('progress')
  const areas = shuffled([...document.querySelectorAll('.hero .motif path:not(.lit)')])
  let timer: ReturnType<typeof setTimeout> | undefined
  const tick = (): void => {
    clearTimeout(timer)
    const milliseconds = Math.max(0, end - Date.now())
    const left = Math.ceil(milliseconds / 1000)
    button.disabled = left > 0
    words.textContent = left > 0 ? (form.dataset['wait'] ?? '').replace('{seconds}', String(left)) : (form.dataset['ready'] ?? '')
    if (bar) bar.value = bar.max - left
    const lit = bar ? (bar.value / bar.max) * areas.length : 0
    areas.forEach((area, index) => area.classList.toggle('on', index < lit))
    if (left > 0) timer = setTimeout(tick, milliseconds % 1000 || 1000)
    else if (total > 0) announce(form)
  }
  tick()
  // Back from the page cache the timer may have slept.
  addEventListener('pageshow', tick)
}

function announce(form: HTMLFormElement): void {
  const status = form.querySelector<HTMLElement>('[data-say]')
  if (status) status.textContent = form.dataset['ready'] ?? ''
}

/** The same scattered order on each visit: neighbours light up apart from each other. */
function shuffled<T>(items: T[]): T[] {
  return items.map((_, index) => items[(index * 11 + 5) % items.length]!).filter((item, index, all) => all.indexOf(item) === index)
}

function playFilm(): void {
  const box = document.querySelector<HTMLElement>('[data-film]')
  const video = box && box.querySelector<HTMLVideoElement>('video')
  const button = box && box.querySelector<HTMLButtonElement>('.play')
  if (!box || !video || !button) return
  const { connection } = navigator as { connection?: { saveData?: boolean; effectiveType?: string } }
  const slow = connection?.saveData === true || /2g|3g/.test(connection?.effectiveType ?? '')
  if (slow && video.dataset['small']) video.src = video.dataset['small']
  video.muted = true
  const offer = (shown: boolean): void => {
    button.hidden = !shown
    video.controls = !shown
  }
  offer(true)

  const give = (): void => {
    const note = document.querySelector<HTMLElement>('[data-fallback]')
    const words = document.querySelector<HTMLDetailsElement>('[data-transcript]')
    if (note) note.hidden = false
    if (words) words.open = true
  }
  const play = (): void => {
    offer(false)
    const timer = setTimeout(give, FILM_PATIENCE_MS)
    video.addEventListener('playing', () => clearTimeout(timer), { once: true })
    video.play().catch(() => {
      clearTimeout(timer)
      offer(true)
      if (video.error) give()
    })
  }
  video.addEventListener('playing', () => offer(false))
  video.addEventListener('error', give)
  button.addEventListener('click', () => {
    play()
    video.focus()
  })
  const still = connection?.saveData === true || matchMedia('(prefers-reduced-motion: reduce)').matches
  if (!still) play()
}

function keepDraft(): void {
  const form = document.querySelector<HTMLFormElement>('[data-draft]')
  const text = form && form.querySelector<HTMLTextAreaElement>('textarea')
  if (!form || !text) return
  const key = 'aduan'
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch {
      return undefined
    }
  }
  const kept = guarded(() => sessionStorage.getItem(key))
  if (kept && !text.value) {
    text.value = kept
    const note = form.querySelector<HTMLElement>('[data-draft-note]')
    if (note) note.textContent = form.dataset['draft'] ?? ''
  }
  text.addEventListener('input', () => guarded(() => sessionStorage.setItem(key, text.value)))
  form.addEventListener('submit', () => guarded(() => sessionStorage.removeItem(key)))
}

/** The status page's numbers renew themselves in place, so that nobody loses their spot to a reload. */
function keepFresh(): void {
  const live = document.querySelector('[data-live]')
  if (!live) return
  const renew = async (): Promise<void> => {
    if (document.hidden) return
    const answer = await fetch(location.href)
    if (!answer.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-live]')
    if (fresh) live.replaceChildren(...fresh.childNodes)
    else location.reload()
  }
  setInterval(() => {
    renew().catch(() => undefined) // The box is away for a moment; the numbers say their age.
  }, FRESH_MS)
}
