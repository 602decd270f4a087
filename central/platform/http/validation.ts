/**
 * Requests are checked as they are. A body is never coerced and never trimmed to fit: an unknown property or a wrong type
 * is 400. Only what travels as text (query, path) is read as the number its schema asks for.
 */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema)
  const asText = httpPart === 'querystring' || httpPart === 'params'
  return (sent: unknown) => {
    const value = asText ? Value.Convert(schema, onlyText(sent)) : sent
    if (check.Check(value)) return { value }
    const [first] = check.Errors(value)
    // The path of what is wrong, never its value.
    return { error: new Error(`${httpPart ?? 'request'}${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`) }
  }
}

/** `?a=1&a=2` arrives as an array, which must not be squeezed into a word. */
function onlyText(sent: unknown): unknown {
  if (sent === null || typeof sent !== 'object') return sent
  return Object.values(sent).every((value) => typeof value === 'string') ? { ...sent } : null
}
