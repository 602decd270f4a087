import type { Complaint } from '#edge/wire/complaint.ts'
import type { WireRecord } from '#edge/wire/envelope.ts'
import { placeRecord } from './clock.ts'
import type { Hotspot } from './store-port.ts'

/** A complaint on its way into the government's part; who takes it is decided by whoever builds the process. */
export type ComplaintArrival = {
  code: string
  category: string
  text: string
  contact?: string
  anonymous: boolean
  language: string
  at: number
  hotspot: { node: string; name: string; kelurahan: string; kelurahanName: string; lat: number; lon: number }
  /** The hotspot's latest health and two hours of usage before the complaint. */
  telemetry: unknown
}

export function complaintArrival(at: {
  complaint: Complaint
  record: WireRecord
  receivedAt: number
  hotspot: Hotspot
  kelurahanName: string
  telemetry: unknown
}): ComplaintArrival {
  const { complaint, hotspot } = at
  const { node, name, kelurahan, lat, lon } = hotspot
  return {
    code: complaint.code,
    category: complaint.category,
    text: complaint.text,
    ...(complaint.contact !== undefined && { contact: complaint.contact }),
    anonymous: complaint.anonymous,
    language: complaint.language,
    at: placeRecord(at.record, at.receivedAt).placedAt,
    hotspot: { node, name, kelurahan, kelurahanName: at.kelurahanName, lat, lon },
    telemetry: at.telemetry,
  }
}
