/**
 * Requests are checked as they are. A body is never coerced and never trimmed to fit: an unknown property or a wrong type
 * is 400. Only what travels as text (query, path) is read as the whole number its schema asks for.
 */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema)
  const numbers = httpPart === 'querystring' || httpPart === 'params' ? integerNames(schema) : null
  return (sent: unknown) => {
    const value = numbers ? readNumbers(sent, numbers) : sent
    if (check.Check(value)) return { value }
    const [first] = check.Errors(value)
    // The path of what is wrong, never its value.
    return { error: new Error(`${httpPart ?? 'request'}${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`) }
  }
}

function integerNames(schema: TSchema): ReadonlySet<string> {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  return new Set(Object.keys(properties).filter((name) => properties[name]!.type === 'integer'))
}

/** Digits and nothing else: "1e9", "1.5", "0x10" and "" stay words and are refused. */
const INTEGER = /^-?\d{1,16}$/

function readNumbers(sent: unknown, numbers: ReadonlySet<string>): unknown {
  if (sent === null || typeof sent !== 'object') return sent
  const read = ([name, value]: [string, unknown]) => [
    name,
    numbers.has(name) && typeof value === 'string' && INTEGER.test(value) ? Number(value) : value,
  ]
  return Object.fromEntries(Object.entries(sent).map(read))
}
