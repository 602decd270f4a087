/** What a visitor does at the portal from a lab phone, in the fewest requests: no browser, the real forms. */
import assert from 'node:assert/strict'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { eventually } from './eventually.ts'
import { curl } from './phones.ts'

type Typed = { text: string; contact?: string; category?: string }

const portalOf = (lab: Lab): string => `http://${lab.addresses.edge.lan4}`

/** A hidden field of a form on a page. @throws with the page when there is none. */
export function hidden(page: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1]
  assert.ok(value, `the page has a field "${name}": ${page.slice(0, 300)}`)
  return value
}

export const getPage = (lab: Lab, where: Place, path: string, ...more: string[]): Promise<string> =>
  curl(lab, where, ...more, `${portalOf(lab)}${path}`)

/** Posts a form. @returns the status line with the headers, and the page. */
export function postForm(lab: Lab, where: Place, path: string, fields: Record<string, string>, ...more: string[]): Promise<string> {
  const typed = Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`])
  return curl(lab, where, '--include', ...typed, ...more, `${portalOf(lab)}${path}`)
}

export const welcomeToken = async (lab: Lab, where: Place): Promise<string> => hidden(await getPage(lab, where, '/'), 'token')

/** As the status page says it. @throws with the page when this visitor is not online. */
export async function secondsLeft(lab: Lab, where: Place): Promise<number> {
  const page = await getPage(lab, where, '/status')
  const said = /datetime="PT(\d+)S"/.exec(page)?.[1]
  assert.ok(said, `${where} is online: ${page.slice(0, 300)}`)
  return Number(said)
}

/** Presses "Lanjut ke internet" with this token. @returns where the portal leads next. */
export async function proceed(lab: Lab, where: Place, token: string, ...more: string[]): Promise<string> {
  return locationIn(await postForm(lab, where, '/lanjut', { token }, ...more))
}

/** Whether the box says so on this phone's own page. */
export async function isOnline(lab: Lab, where: Place, ...more: string[]): Promise<boolean> {
  const page = await getPage(lab, where, '/status', ...more)
  const state = /class="state (up|off)"/.exec(page)?.[1]
  assert.ok(state, `the status page of ${where}: ${page.slice(0, 300)}`)
  return state === 'up'
}

/** Opens the welcome page, waits its time and presses the button until the gate is open. */
export async function getOnline(lab: Lab, where: Place): Promise<void> {
  const token = await welcomeToken(lab, where)
  await eventually(`${where} to be online`, async () => (await proceed(lab, where, token)) === '/terhubung', 15_000)
}

/** Files a complaint, or gets the answer that says why not, with its status line. */
export async function tryToComplain(lab: Lab, where: Place, typed: Typed): Promise<{ code: string } | { refusal: string }> {
  const formToken = hidden(await getPage(lab, where, '/aduan'), 'formToken')
  const answer = await postForm(lab, where, '/aduan', { category: 'lampu', ...typed, formToken })
  const code = /\/tiket\/([A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4})/.exec(locationIn(answer))?.[1]
  return code === undefined ? { refusal: answer } : { code }
}

/** Files a complaint. @returns its ticket code, said at once. */
export async function complain(lab: Lab, where: Place, typed: Typed): Promise<string> {
  const filed = await tryToComplain(lab, where, typed)
  if ('refusal' in filed) throw new Error(`no ticket code was said: ${filed.refusal.slice(0, 300)}`)
  return filed.code
}

/** Path (with its query) of a redirect within the portal; an empty text when the answer is none. */
function locationIn(answer: string): string {
  const location = /^location: *(\S+)/im.exec(answer)?.[1] ?? ''
  return location.replace(/^https?:\/\/[^/]+/, '')
}
