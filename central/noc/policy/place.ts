/** Where an entry of the city's access policy holds. Pure, for the server and the screens. */

export type Where = { city: true } | { kelurahan: string[] } | { nodes: string[] }
export type Place = { node: string; kelurahan: string }

export function covers(where: Where, place: Place): boolean {
  if ('city' in where) return true
  return 'kelurahan' in where ? where.kelurahan.includes(place.kelurahan) : where.nodes.includes(place.node)
}

/** Whether some hotspot could stand in both; a kelurahan and a node meet where the node is. */
export function meet(a: Where, b: Where, hotspots: readonly Place[]): boolean {
  if ('city' in a || 'city' in b) return true
  if ('kelurahan' in a && 'kelurahan' in b) return a.kelurahan.some((code) => b.kelurahan.includes(code))
  return hotspots.some((hotspot) => covers(a, hotspot) && covers(b, hotspot))
}

/** The same place gives the same text, in whatever order it was chosen. */
export function placeKey(where: Where): string {
  if ('city' in where) return 'city'
  return 'kelurahan' in where ? `kelurahan ${where.kelurahan.toSorted().join()}` : `nodes ${where.nodes.toSorted().join()}`
}
