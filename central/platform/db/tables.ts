/** Every table of the platform. A module adds its own at its store by `db.withTables<…>()`. */
export type PlatformTables = {
  migrations: { name: string; ran_at: number }
}
