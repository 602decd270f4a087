export const DAY_MS = 86_400_000
/** WIB is UTC+7 all year. */
export const CITY_OFFSET_MS = 7 * 3_600_000
