/** One minute at a hotspot: visitors come and go by the portal and by an access point, somebody complains now and then. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedSecret } from '#edge/radius/secret.ts'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { accountingRequest } from '#test/edge/radius/client.ts'
import { RADIUS } from '#test/support/product.ts'
import { complain, getOnline, postForm } from '#test/support/visitor.ts'

/** Usage, health, plays and fifteen devices, which may wait for company, and a visit that begins and ends, at once. */
export const RECORDS_A_MINUTE = 20
const MINUTE_MS = 60_000
/** Beside the twenty: a complaint, and a visit at an access point that asks by RADIUS. */
const MINUTES_BETWEEN_OTHERS = 5
export const DEVICES = 15
const ANSWER_MS_MAX = 5_000
const START = 1
const STOP = 2
const VISIT_SECONDS = 40

export type Lived = { sessions: number; complaints: number }

export const isWithOthers = (minute: number): boolean => minute % MINUTES_BETWEEN_OTHERS === 1

/** Takes a minute. @returns what the box was told meanwhile, beside what it measures itself. */
export async function liveOneMinute(lab: Lab, minute: number): Promise<Lived> {
  const begun = performance.now()
  const at = (second: number) => sleep(Math.max(0, begun + second * 1_000 - performance.now()))
  const visit = async (phone: Place, from: number) => {
    await at(from)
    await getOnline(lab, phone)
    await at(from + VISIT_SECONDS)
    await postForm(lab, phone, '/putus', { b: 'id' })
  }
  const accounted = async (status: number, from: number) => {
    await at(from)
    const argv = [lab.addresses.edge.lan4, String(status), `m-${minute}`]
    const told = await lab.exec('phone3', [process.execPath, import.meta.filename, ...argv])
    if (told.code !== 0) throw new Error(`the access point was not answered: ${told.stderr.slice(0, 300)}`)
  }
  const complaining = async () => {
    await at(30)
    // A device may complain five times an hour.
    await complain(lab, (['phone1', 'phone2', 'phone3'] as const)[minute % 3]!, { text: `Lampu jalan nomor ${minute} padam` })
  }
  const hasOthers = isWithOthers(minute)
  const others = hasOthers ? [complaining(), accounted(START, 8), accounted(STOP, 8 + VISIT_SECONDS)] : []
  await Promise.all([visit('phone1', 3), ...others])
  await sleep(Math.max(0, begun + MINUTE_MS - performance.now()))
  return hasOthers ? { sessions: 4, complaints: 1 } : { sessions: 2, complaints: 0 }
}

/** Runs itself on the phone's side of the hotspot, as an access point that does its own doorkeeping. */
async function account(host: string, status: number, sessionId: string): Promise<void> {
  const secret = sharedSecret(RADIUS.secret)
  const counts = status === STOP ? { seconds: VISIT_SECONDS, input: 1_000_000, output: 20_000_000 } : {}
  const socket = createSocket('udp4')
  socket.send(accountingRequest({ status, sessionId, ...counts }, secret), 1813, host)
  await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
  socket.close()
}

if (import.meta.main) await account(process.argv[2] ?? '', Number(process.argv[3]), process.argv[4] ?? '')
