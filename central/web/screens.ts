/** The screens of the staff app in menu order. The server decides rights; this list only spares people dead ends. */
import type { Role } from '../platform/accounts/api.ts'

export type Screen = {
  path: string
  title:
    | 'nav.noc'
    | 'nav.complaints'
    | 'nav.policy'
    | 'nav.radius'
    | 'nav.ingest'
    | 'nav.quarantine'
    | 'nav.walls'
    | 'nav.accounts'
    | 'nav.sessions'
  roles: readonly Role[]
  menu: 'main' | 'more'
}

const EVERYONE: readonly Role[] = ['admin', 'noc', 'verifier', 'opd-head', 'opd-staff', 'executive']
/** Running the system is not reading citizens' complaints: the admin role alone does not open them. */
const ANSWERS: readonly Role[] = ['verifier', 'executive', 'opd-head', 'opd-staff', 'noc']

export const SCREENS: readonly Screen[] = [
  { path: '/noc', title: 'nav.noc', roles: ['admin', 'noc', 'executive', 'verifier'], menu: 'main' },
  { path: '/aduan', title: 'nav.complaints', roles: ANSWERS, menu: 'main' },
  { path: '/noc/aturan', title: 'nav.policy', roles: ['admin', 'noc'], menu: 'main' },
  { path: '/noc/radius', title: 'nav.radius', roles: ['admin', 'noc'], menu: 'main' },
  { path: '/noc/masuk', title: 'nav.ingest', roles: ['admin', 'noc', 'executive', 'verifier'], menu: 'more' },
  { path: '/noc/karantina', title: 'nav.quarantine', roles: ['admin', 'noc'], menu: 'more' },
  { path: '/noc/layar', title: 'nav.walls', roles: ['admin', 'noc'], menu: 'more' },
  { path: '/akun', title: 'nav.accounts', roles: ['admin'], menu: 'main' },
  { path: '/sesi', title: 'nav.sessions', roles: EVERYONE, menu: 'more' },
]

export const screensFor = (roles: readonly Role[]): Screen[] =>
  SCREENS.filter((screen) => screen.roles.some((role) => roles.includes(role)))

/** The screen an address belongs to: the longest path that it begins with. */
export const screenAt = (path: string): Screen | undefined =>
  SCREENS.filter((screen) => path === screen.path || path.startsWith(`${screen.path}/`)).toSorted(
    (a, b) => b.path.length - a.path.length,
  )[0]

/** Where a person's day begins: the network for those who run it, the queue for those who answer. */
export function homeFor(roles: readonly Role[]): string {
  if (roles.some((role) => role === 'opd-head' || role === 'opd-staff' || role === 'verifier')) return '/aduan'
  return screensFor(roles)[0]?.path ?? '/sesi'
}
