/**
 * What a field of a request may hold, said once: from this come its type and the reason why a value is refused. By hand and not by a
 * schema library, which would be five sixths of the gate's program and 4 MB of its memory. Pure.
 */

/** Why a value is refused, beginning with where: `/admissions/3/mac is not …`. Undefined when it is right. */
export type Shape<T> = { reasonAgainst(value: unknown, at: string): string | undefined; optional?: true; means?: T }

export type Meaning<S> = S extends Shape<infer T> ? T : never

type Fields = Record<string, Shape<unknown>>
type OptionalOf<F extends Fields> = { [K in keyof F]: F[K] extends { optional: true } ? K : never }[keyof F]
type Meanings<F extends Fields> = { [K in Exclude<keyof F, OptionalOf<F>>]: Meaning<F[K]> } & { [K in OptionalOf<F>]?: Meaning<F[K]> }

export const integer = (min: number, max: number): Shape<number> => ({
  reasonAgainst: (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `${at} is not a whole number from ${min} to ${max}`,
})

/** The length is looked at first: no pattern meets a text without end. */
export const text = (what: string, pattern: RegExp, lengthMax: number): Shape<string> => ({
  reasonAgainst: (value, at) =>
    typeof value === 'string' && value.length <= lengthMax && pattern.test(value) ? undefined : `${at} is not ${what}`,
})

export const literal = <T extends string>(word: T): Shape<T> => ({
  reasonAgainst: (value, at) => (value === word ? undefined : `${at} is not ${word}`),
})

export const list = <T>(each: Shape<T>, min: number, max: number): Shape<T[]> => ({
  reasonAgainst(value, at) {
    if (!Array.isArray(value) || value.length < min || value.length > max) return `${at} is not a list of ${min} to ${max}`
    for (const [index, one] of value.entries()) {
      const reason = each.reasonAgainst(one, `${at}/${index}`)
      if (reason !== undefined) return reason
    }
    return undefined
  },
})

export const optional = <T>(shape: Shape<T>): Shape<T> & { optional: true } => ({ ...shape, optional: true })

/** These fields and no others. */
export function fields<F extends Fields>(shapes: F): Shape<Meanings<F>> {
  const names = Object.keys(shapes)
  return {
    reasonAgainst(value, at) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at || '/'} is not an object`
      for (const name of Object.keys(value)) if (!Object.hasOwn(shapes, name)) return `${at || '/'} has a field too many`
      for (const name of names) {
        const shape = shapes[name]!
        if (!Object.hasOwn(value, name)) {
          if (shape.optional) continue
          return `${at}/${name} is missing`
        }
        const reason = shape.reasonAgainst((value as Record<string, unknown>)[name], `${at}/${name}`)
        if (reason !== undefined) return reason
      }
      return undefined
    },
  }
}
