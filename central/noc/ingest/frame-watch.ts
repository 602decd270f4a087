/** Follows MQTT's framing (MQTT 3.1.1 §2.2) without parsing packets, to stop one that is too large before it is collected in memory. Pure. */

/** @returns a function to call with each chunk in order; false as soon as a packet announces more than `bytesMax`. */
export function watchFrames(bytesMax: number): (chunk: Uint8Array) => boolean {
  /** Bytes of the present packet still to come; undefined while in a header. */
  let left: number | undefined
  /** The length's digits so far; -1 = the packet type byte comes next. */
  let digits = -1
  let length = 0

  return (chunk) => {
    for (let i = 0; i < chunk.length;) {
      if (left !== undefined) {
        const skip = Math.min(left, chunk.length - i)
        i += skip
        left -= skip
        if (left > 0) return true
        left = undefined
        continue
      }
      const byte = chunk[i++]!
      if (digits < 0) {
        digits = 0
        length = 0
        continue
      }
      length += (byte & 0x7f) * 128 ** digits
      digits += 1
      if (length > bytesMax) return false
      if (byte & 0x80) {
        // A fifth digit does not exist [MQTT-2.2.3].
        if (digits === 4) return false
        continue
      }
      digits = -1
      left = length > 0 ? length : undefined
    }
    return true
  }
}
