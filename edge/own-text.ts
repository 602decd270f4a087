/**
 * A string that stands by itself. V8 cuts a piece of 13 characters or more out of a text by pointing into it, and keeps the whole
 * text for as long as the piece: the MAC address of one visitor would hold the table of a thousand.
 * Anything that is read from a large text and kept goes through here.
 */
export const ownText = (cut: string): string => Buffer.from(cut, 'utf8').toString('utf8')
