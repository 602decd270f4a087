/**
 * After paint: counts down, plays the film without sound, keeps an unsent complaint. The page works without all of it,
 * and nothing here is trusted: the box counts the time itself. Captive browsers throw on storage, so every touch is guarded.
 */

/** A film that has not started by then will not: show its words instead. */
const FILM_PATIENCE_MS = 8_000

const find = <T extends Element>(selector: string, from: ParentNode = document): T | null => from.querySelector<T>(selector)

countDown()
playFilm()
keepDraft()

function countDown(): void {
  const form = find<HTMLFormElement>('[data-seconds]')
  const button = form && find<HTMLButtonElement>('button', form)
  const words = form && find<HTMLElement>('[data-count]', form)
  if (!form || !button || !words) return
  const total = Number(form.dataset['seconds'])
  const end = Date.now() + total * 1000
  const bar = find<HTMLProgressElement>('progress', form)
  const areas = shuffled([...document.querySelectorAll('.hero .motif path:not(.lit)')])
  const tick = (): void => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    button.disabled = left > 0
    words.textContent = left > 0 ? (form.dataset['wait'] ?? '').replace('{seconds}', String(left)) : (form.dataset['ready'] ?? '')
    if (bar) bar.value = bar.max - left
    const lit = bar ? (bar.value / bar.max) * areas.length : 0
    areas.forEach((area, index) => area.classList.toggle('on', index < lit))
    if (left > 0) setTimeout(tick, 1000 - ((Date.now() - end) % 1000 + 1000) % 1000 || 1000)
    else announce(form)
  }
  tick()
  // Back from the page cache the timer may have slept.
  addEventListener('pageshow', tick)
}

function announce(form: HTMLFormElement): void {
  const status = find<HTMLElement>('[data-say]', form)
  if (status && form.dataset['seconds'] !== '0') status.textContent = form.dataset['ready'] ?? ''
}

/** The same scattered order on each visit: neighbours light up apart from each other. */
function shuffled<T>(items: T[]): T[] {
  return items.map((_, index) => items[(index * 11 + 5) % items.length]!).filter((item, index, all) => all.indexOf(item) === index)
}

function playFilm(): void {
  const box = find<HTMLElement>('[data-film]')
  const video = box && find<HTMLVideoElement>('video', box)
  const button = box && find<HTMLButtonElement>('.play', box)
  if (!box || !video || !button) return
  const { connection } = navigator as { connection?: { saveData?: boolean; effectiveType?: string } }
  const slow = connection?.saveData === true || /2g|3g/.test(connection?.effectiveType ?? '')
  if (slow && video.dataset['small']) video.src = video.dataset['small']
  video.muted = true
  button.hidden = false

  const give = (): void => {
    const note = find<HTMLElement>('[data-fallback]')
    const words = find<HTMLDetailsElement>('[data-transcript]')
    if (note) note.hidden = false
    if (words) words.open = true
  }
  const play = (): void => {
    button.hidden = true
    const timer = setTimeout(give, FILM_PATIENCE_MS)
    video.addEventListener('playing', () => clearTimeout(timer), { once: true })
    video.play().catch(() => {
      clearTimeout(timer)
      button.hidden = false
      if (video.error) give()
    })
  }
  video.addEventListener('playing', () => (button.hidden = true))
  video.addEventListener('error', give)
  button.addEventListener('click', () => {
    play()
    video.focus()
  })
  const still = connection?.saveData === true || matchMedia('(prefers-reduced-motion: reduce)').matches
  if (!still) play()
}

function keepDraft(): void {
  const form = find<HTMLFormElement>('[data-draft]')
  const text = form && find<HTMLTextAreaElement>('textarea', form)
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
    const note = find<HTMLElement>('[data-draft-note]', form)
    if (note) note.textContent = form.dataset['draft'] ?? ''
  }
  text.addEventListener('input', () => guarded(() => sessionStorage.setItem(key, text.value)))
  form.addEventListener('submit', () => guarded(() => sessionStorage.removeItem(key)))
}
