/** What generator and servers agree on. */
export const USER = 'warga'
export const PASSWORD = 'kata-sandi-warga'
export const SECRET = 'a-secret-shared-for-the-benchmark'

export type Ports = { authPort: number; acctPort: number }
