/** A record of an outbox as a line of InfluxDB's protocol: every figure of it, with its seq, so that it can be counted. Pure. */
import type { WireRecord } from '#edge/wire/envelope.ts'

/** `usage,node=bench-0001,epoch=… seq=1i,mono=…i,clock="ntp",seconds=60i,… 1790000000000` (milliseconds). */
export function lineOf(node: string, epoch: string, record: WireRecord): string {
  const { seq, at, mono, clock, kind, body } = record
  const fields = [...fieldsOf('', { seq, mono, clock }), ...fieldsOf('', body as Record<string, unknown>)]
  return `${kind},node=${node},epoch=${epoch} ${fields.join(',')} ${at}`
}

/** Nested objects become prefixes; what a box could not measure is left out, as InfluxDB wants it. */
function fieldsOf(prefix: string, values: Record<string, unknown>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const key = prefix + name
    if (typeof value === 'number') return [`${key}=${value}${isFraction(name) ? '' : 'i'}`]
    if (typeof value === 'boolean') return [`${key}=${value}`]
    if (typeof value === 'string') return [`${key}="${value.replaceAll(/["\\]/g, '\\$&')}"`]
    return typeof value === 'object' && value !== null ? fieldsOf(`${key}_`, value as Record<string, unknown>) : []
  })
}

/** A field keeps the type of its first value: one that may have digits after the point must never look like an integer. */
const FRACTIONS = new Set(['cpu', 'memoryUsed', 'diskUsed', 'temperatureCelsius'])
const isFraction = (name: string): boolean => FRACTIONS.has(name) || name.endsWith('Milliseconds')
