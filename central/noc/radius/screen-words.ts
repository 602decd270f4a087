/** What the screens need as values: they must not bring the schemas along, whose compiler the page's policy forbids. */

/** Hashing takes a quarter of a second each, and a screen waits for twenty. */
export const USERS_PER_REQUEST_MAX = 20

/** applied · refused: says why · behind: on its way · away: not connected. */
export const LIST_STATES = ['applied', 'refused', 'behind', 'away'] as const
export type ListState = (typeof LIST_STATES)[number]
