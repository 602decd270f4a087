/** refused: says why · behind: connected, on its way · away: gets it when it comes back · older: takes no settings */
export const ROLLOUT_STATES = ['applied', 'refused', 'behind', 'away', 'older'] as const
export type RolloutState = (typeof ROLLOUT_STATES)[number]
