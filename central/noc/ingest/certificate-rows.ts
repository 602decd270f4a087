/** The books of the certificates, in the telemetry store: one SQL text for both dialects. */
import type { CertificateRow, CertificateStore } from '../../pki/certificates.ts'
import type { SqlPort } from './sql-port.ts'

/** PostgreSQL takes 65,535 parameters in one statement, SQLite 32,766. */
const ROWS_AT_ONCE = 500
/** A box gets one a year; more are a broken renewal, of which the newest are enough. */
const OF_ONE_MAX = 50

/** Two for each of ten thousand boxes. */
const LISTED_MAX = 20_000

const COLUMNS =
  'serial, name, purpose, key, not_before AS "notBefore", not_after AS "notAfter", issued_at AS "issuedAt", revoked_at AS "revokedAt"'

export function certificateRows(sql: SqlPort): CertificateStore {
  return {
    async addCertificates(rows) {
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const some = rows.slice(from, from + ROWS_AT_ONCE)
        const places = some.map((_, row) => `(${Array.from({ length: 7 }, (_, column) => `$${7 * row + column + 1}`).join(', ')})`)
        await sql.run(
          `INSERT INTO certificate (serial, name, purpose, key, not_before, not_after, issued_at) VALUES ${places.join(', ')}
           ON CONFLICT DO NOTHING`,
          some.flatMap((row) => [row.serial, row.name, row.purpose, row.key, row.notBefore, row.notAfter, row.issuedAt]),
        )
      }
    },
    hasCertificates: async () => (await sql.all('SELECT 1 AS one FROM certificate LIMIT 1')).length > 0,
    certificate: async (serial) => (await sql.all<CertificateRow>(`SELECT ${COLUMNS} FROM certificate WHERE serial = $1`, [serial]))[0],
    certificatesOf: (name) =>
      sql.all<CertificateRow>(`SELECT ${COLUMNS} FROM certificate WHERE name = $1 ORDER BY issued_at DESC, serial LIMIT ${OF_ONE_MAX}`, [
        name,
      ]),
    currentCertificates: (after) =>
      sql.all<CertificateRow>(
        `SELECT ${COLUMNS} FROM certificate WHERE not_after > $1 ORDER BY name, issued_at DESC, serial LIMIT ${LISTED_MAX}`,
        [after],
      ),
    revokeCertificate: async (serial, at) =>
      (await sql.run('UPDATE certificate SET revoked_at = $1 WHERE serial = $2 AND revoked_at IS NULL', [at, serial])) === 1,
    revokeCertificatesOf: (name, at) =>
      sql.run('UPDATE certificate SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL', [at, name]),
    // Rows are never removed and a revocation is never undone, so neither number falls.
    certificateStamp: async () =>
      (await sql.all<{ rows: number; revoked: number }>('SELECT COUNT(*) AS rows, COUNT(revoked_at) AS revoked FROM certificate'))
        .map(({ rows, revoked }) => `${rows} ${revoked}`)
        .join(),
    revokedCertificates: (after) =>
      sql.all<{ serial: string; name: string; at: number }>(
        'SELECT serial, name, revoked_at AS at FROM certificate WHERE revoked_at IS NOT NULL AND not_after > $1 ORDER BY revoked_at, serial',
        [after],
      ),
    shutOut: async (after) =>
      (
        await sql.all<{ name: string }>(
          `SELECT name FROM certificate WHERE purpose = 'box' AND name IN (SELECT name FROM certificate WHERE revoked_at IS NOT NULL)
           GROUP BY name HAVING SUM(CASE WHEN revoked_at IS NULL AND not_after > $1 THEN 1 ELSE 0 END) = 0`,
          [after],
        )
      ).map(({ name }) => name),
  }
}
