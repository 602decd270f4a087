/** The little that the shared reads need from a database. Parameters are $1, $2 … in both dialects. */
export type SqlPort = {
  all<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>
  /** @returns rows changed. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>
  transaction<T>(work: (sql: SqlPort) => Promise<T>): Promise<T>
}
export type SqlValue = string | number | null
