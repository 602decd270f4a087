import type { TelemetryStore } from './store-port.ts'

/** `url` (postgres://…) wins over `file`; `:memory:` is for tests. The driver that is not used is not loaded. */
export async function openTelemetryStore(at: { url?: string | undefined; file?: string | undefined }): Promise<TelemetryStore> {
  if (at.url) return (await import('./postgres-store.ts')).openPostgresStore(at.url)
  if (at.file) return (await import('./sqlite-store.ts')).openSqliteStore(at.file)
  throw new Error('the telemetry store needs a url or a file')
}
