/** The film's sound: quiet bells in a five-tone scale over a soft drone, computed here, so that nobody's music is used. */

const RATE = 24_000
/** Five nearly even steps to the octave, as a slendro gender is tuned. */
const SCALE = [0, 1, 2, 3, 4].map((step) => 220 * 2 ** (step / 5))
const MELODY = [0, 2, 4, 3, 2, 4, 1, 0, 2, 3, 4, 2, 1, 3, 0, 2, 4, 3, 1, 2, 0, 4, 2, 0]
const BEAT_SECONDS = 1.25
/** A struck bar: its partials are not harmonic. */
const PARTIALS = [
  [1, 1],
  [2.76, 0.28],
  [5.4, 0.08],
] as const

/** A mono 16-bit WAV file. */
export function score(seconds: number): Buffer {
  const samples = new Float32Array(seconds * RATE)
  MELODY.forEach((note, beat) =>
    strike(samples, SCALE[note]! * (beat % 4 === 3 ? 0.5 : 1), beat * BEAT_SECONDS, beat % 4 === 0 ? 0.16 : 0.1),
  )
  const body = Buffer.alloc(samples.length * 2)
  samples.forEach((sample, i) => {
    const time = i / RATE
    const drone =
      0.03 * (Math.sin(2 * Math.PI * 110 * time) + 0.6 * Math.sin(2 * Math.PI * 165.4 * time) * (0.6 + 0.4 * Math.sin(0.9 * time)))
    const fade = Math.min(1, time / 1.5, (seconds - time) / 2.5)
    body.writeInt16LE(Math.round(Math.max(-1, Math.min(1, (sample + drone) * fade)) * 32_767), i * 2)
  })
  return Buffer.concat([wavHeader(body.length), body])
}

function strike(samples: Float32Array, pitch: number, at: number, loudness: number): void {
  const from = Math.round(at * RATE)
  for (let i = from; i < Math.min(samples.length, from + 4 * RATE); i++) {
    const time = (i - from) / RATE
    const attack = Math.min(1, time / 0.008)
    for (const [ratio, share] of PARTIALS) {
      samples[i]! += loudness * share * attack * Math.exp(-time * (1.3 + ratio)) * Math.sin(2 * Math.PI * pitch * ratio * time)
    }
  }
}

function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(RATE, 24)
  header.writeUInt32LE(RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return header
}
