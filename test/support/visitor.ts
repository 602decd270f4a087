/** What a visitor does at the portal from a lab phone, in the fewest requests: no browser, the real forms. */
import assert from 'node:assert/strict'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { curl } from './phones.ts'

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

/** Files a complaint. @returns its ticket code, said at once. */
export async function complain(lab: Lab, where: Place, typed: { text: string; contact?: string; category?: string }): Promise<string> {
  const formToken = hidden(await getPage(lab, where, '/aduan'), 'formToken')
  const answer = await postForm(lab, where, '/aduan', { category: 'lampu', ...typed, formToken })
  const code = /\/tiket\/([A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4})/.exec(locationIn(answer))?.[1]
  assert.ok(code, `a ticket code was said: ${answer.slice(0, 300)}`)
  return code
}

/** Path (with its query) of a redirect within the portal; an empty text when the answer is none. */
function locationIn(answer: string): string {
  const location = /^location: *(\S+)/im.exec(answer)?.[1] ?? ''
  return location.replace(/^https?:\/\/[^/]+/, '')
}
