/** Six pairs of hexadecimal digits with at most one separator between pairs covers every vendor's way of writing a MAC. */
const ANY_MAC = /^[0-9a-f]{2}(?:[-:. ]?[0-9a-f]{2}){5}$/i

/** `AA-BB-CC-DD-EE-FF`, `aabb.ccdd.eeff`, `AABBCCDDEEFF` ... as `aa:bb:cc:dd:ee:ff`; undefined for anything else. */
export function normaliseMac(text: string): string | undefined {
  if (!ANY_MAC.test(text)) return undefined
  const digits = text.replaceAll(/[^0-9a-f]/gi, '').toLowerCase()
  return digits.match(/../g)?.join(':')
}
