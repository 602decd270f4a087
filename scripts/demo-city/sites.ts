/** Which access points and switches stand at a simulated hotspot, and which of them do not answer. Pure, from name and time. */
import { mishapAt } from './mishaps.ts'
import type { Place, Profile } from './places.ts'
import { chanceOf } from './random.ts'

export type Site = { name: string; kind: 'ap' | 'switch' }

const AP_NAMES: Record<Profile, readonly string[]> = {
  poskamling: ['AP poskamling'],
  taman: ['AP gerbang', 'AP tengah taman'],
  sekolah: ['AP halaman', 'AP kantin', 'AP ruang guru'],
  pasar: ['AP los depan', 'AP los belakang'],
  puskesmas: ['AP ruang tunggu'],
  kelurahan: ['AP loket', 'AP pendopo'],
}
/** Where more than one thing hangs on the line. */
const WITH_SWITCH: readonly Profile[] = ['sekolah', 'pasar', 'puskesmas', 'kelurahan']
/** At the other guard posts the box's own radio is all there is. */
const POSTS_WITH_AP = 0.4

export function sitesOf({ node, profile }: Pick<Place, 'node' | 'profile'>): Site[] {
  if (profile === 'poskamling' && chanceOf(node, 'ap') >= POSTS_WITH_AP) return []
  return [
    ...AP_NAMES[profile].map((name) => ({ name, kind: 'ap' as const })),
    ...(WITH_SWITCH.includes(profile) ? [{ name: 'Sakelar PoE', kind: 'switch' as const }] : []),
  ]
}

/** Undefined where nothing is watched. A switch that fails would take its access points along; here it is always one of those. */
export function silentDevicesAt({ node, profile, at }: Pick<Place, 'node' | 'profile'> & { at: number }): string[] | undefined {
  const aps = sitesOf({ node, profile }).filter(({ kind }) => kind === 'ap')
  if (aps.length === 0) return undefined
  if (mishapAt(node, at) !== 'device') return []
  return [aps[Math.floor(chanceOf(node, 'weakest') * aps.length)]!.name]
}
