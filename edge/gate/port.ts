/** What the rest of the box may ask of the gate. The daemon and the "no firewall" stand-in both answer to this. */

/** 12 lower-case hex digits in pairs: `aa:bb:cc:dd:ee:ff`. */
export type Mac = string

export type Admission = {
  mac: Mac
  /** Small number that stands for this device in packet marks and counters, 1..65535, unique among admitted devices. */
  clientId: number
  /** The kernel closes the gate by itself after this long, with no process running. */
  seconds: number
  /**
   * The IPv4 addresses this device may use (at most 4); another one is treated as not admitted and shows up in `strangers`.
   * While it is there nobody else is believed to have them.
   * Absent: any. IPv6 is never bound, because privacy addresses change.
   */
  addresses?: string[]
  /** kbit/s from the first packet on; absent = as it was for this client id, or none for a new one. 0 = no limit in that direction. */
  rate?: { upKbps: number; downKbps: number }
}

/** An admitted device's MAC was used with an IPv4 address that is not bound to it. */
export type Stranger = { mac: Mac; address: string }

export type ClientCounter = { clientId: number; upOctets: number; downOctets: number }

export type GateState = 'enforcing' | 'no-firewall' | 'failed'

export type Gate = {
  /** Resolves when packets of this device pass. */
  admit(admission: Admission): Promise<void>
  /** Resolves when they no longer do, running downloads included. */
  evict(mac: Mac): Promise<void>
  /** kbit/s in each direction; 0 lifts the limit. */
  limit(limit: { clientId: number; upKbps: number; downKbps: number }): Promise<void>
  /** Octets since the element was made; a counter that shrinks means the element was made anew. */
  counters(): Promise<ClientCounter[]>
  /** Exactly these devices stay shut whatever else is asked, each for its time; the kernel forgets them by itself. */
  block(devices: { mac: Mac; seconds: number }[]): Promise<void>
  /** Resolves when nothing behind the walled garden is open any more; each of its names opens again with the next question for it. */
  forgetGarden(): Promise<void>
  /** Those seen within the last minute. */
  strangers(): Promise<Stranger[]>
  /** Makes the gate hold exactly these admissions: after a start of the edge, or when the table was lost. */
  reconcile(admissions: Admission[]): Promise<{ added: number; removed: number }>
  /** The device behind an address on the LAN, from the kernel's neighbour table; undefined when it does not know one. */
  whoHas(address: string): Promise<Mac | undefined>
  state(): GateState
  close(): Promise<void>
}
