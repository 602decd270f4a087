/** Words from a device on their way out of the box. Pure. */

/** A device may carry its own address in its name; a MAC address never leaves the box, whoever's it is. */
const MAC = /(?<![0-9a-f])(?:[0-9a-f]{2}(?:[:\-. ][0-9a-f]{2}){5}|[0-9a-f]{4}(?:[.\-:][0-9a-f]{4}){2}|[0-9a-f]{12})(?![0-9a-f])/giu
/** Controls, and marks that make a reader see letters in another order than they are in. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu

/** @returns undefined when nothing readable is left. */
export function cleanText(octets: Uint8Array, lettersMax: number): string | undefined {
  const text = new TextDecoder().decode(octets.subarray(0, 4 * lettersMax + 64))
  const clean = text.replaceAll(UNSEEN, ' ').replaceAll(MAC, '…').replaceAll(/\s+/g, ' ').trim()
  // A cut may halve a letter of two units.
  const cut = clean
    .slice(0, lettersMax)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
  return cut === '' ? undefined : cut
}
