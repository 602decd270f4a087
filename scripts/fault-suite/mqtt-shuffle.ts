/** What a bad cluster of brokers does to a box's packets: some come twice, and they come in another order. */
import { Transform } from 'node:stream'

const PUBLISH = 3
/** MQTT 3.1.1 §2.2.3: at most four bytes of length. */
const LENGTH_BYTES_MAX = 4

export type Shuffle = { twice: number; heldMax: number; heldMilliseconds: number; random: () => number }
export type Shuffled = { twice: number; outOfOrder: number }

/** Only PUBLISH packets: the conversation between client and broker itself stays whole. `count` is added to. */
export function shuffled({ twice, heldMax, heldMilliseconds, random }: Shuffle, count: Shuffled): Transform {
  let rest: Buffer = Buffer.alloc(0)
  let held: Buffer[] = []
  let timer: NodeJS.Timeout | undefined

  const letGo = () => {
    clearTimeout(timer)
    timer = undefined
    const packets = held
    held = []
    for (let place = 0; packets.length > 0; place++) {
      const pick = Math.floor(random() * packets.length)
      if (pick > 0) count.outOfOrder += 1
      stream.push(packets.splice(pick, 1)[0]!)
    }
  }
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk])
      for (let length = packetLength(rest); length !== undefined && length <= rest.length; length = packetLength(rest)) {
        const packet = rest.subarray(0, length)
        rest = rest.subarray(length)
        if (packet[0]! >> 4 !== PUBLISH) {
          stream.push(packet)
          continue
        }
        held.push(packet)
        if (random() < twice) {
          count.twice += 1
          held.push(packet)
        }
        if (held.length >= heldMax) letGo()
        else timer ??= setTimeout(letGo, heldMilliseconds)
      }
      done()
    },
    destroy(error, done) {
      clearTimeout(timer)
      done(error)
    },
  })
  return stream
}

/** Of the packet that begins here, header included; undefined while its length is not there yet. */
function packetLength(bytes: Buffer): number | undefined {
  let length = 0
  for (let i = 1; i <= LENGTH_BYTES_MAX && i < bytes.length; i++) {
    const byte = bytes[i]!
    length += (byte & 0x7f) * 128 ** (i - 1)
    if (byte < 0x80) return 1 + i + length
  }
  return undefined
}
