/** What this box says it runs, in hello and health. */
export const VERSION = '0.1.0'
