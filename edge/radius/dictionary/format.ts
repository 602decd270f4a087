/**
 * What a value's octets mean. RFC 2865 §5 with RFC 3162's addresses; RFC 6158 §2.1 asks for no others. `time` is seconds since
 * 1970, which here is just an integer.
 */
export type Format = 'text' | 'octets' | 'integer' | 'ipv4' | 'ipv6'
export type Definition = { readonly type: number; readonly format: Format }

/** A vendor's words, all in the type-length-value form that RFC 2865 §5.26 recommends. */
export type Vendor = { readonly vendorId: number; readonly attributes: Readonly<Record<string, Definition>> }

/** Of a vendor's or the RFCs' attributes, the names of those in these formats. */
export type NamesOf<A extends Readonly<Record<string, Definition>>, F extends Format> = {
  [N in keyof A]: A[N]['format'] extends F ? N : never
}[keyof A]
