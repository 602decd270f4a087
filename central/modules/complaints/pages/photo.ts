/** Where a stored photo is read. Anything that is not a hash of the file store is shown nowhere. */
export const photoAddress = (sha256: string | null): string | null =>
  sha256 !== null && /^[0-9a-f]{64}$/.test(sha256) ? `/api/files/${sha256}` : null
