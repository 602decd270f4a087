/** The tables of the box's RADIUS side. */
import type Database from 'better-sqlite3'
import { openDatabase } from '../storage/database.ts'

const SESSIONS = `
  CREATE TABLE session (
    session_key TEXT NOT NULL, generation INTEGER NOT NULL, nas_key TEXT NOT NULL, nas TEXT NOT NULL, acct_session_id TEXT NOT NULL,
    device TEXT NOT NULL, started_at INTEGER NOT NULL, heard_at INTEGER NOT NULL, seconds INTEGER NOT NULL,
    up_octets INTEGER NOT NULL, down_octets INTEGER NOT NULL, interims INTEGER NOT NULL,
    stopped_at INTEGER, cause TEXT, stopped_by TEXT, update_reported_at INTEGER NOT NULL,
    PRIMARY KEY (session_key, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_running ON session (nas_key) WHERE stopped_at IS NULL;
  CREATE INDEX session_stopped ON session (stopped_at) WHERE stopped_at IS NOT NULL;
  CREATE TABLE report (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
`

/**
 * `account` and `group_name` as Class told them, `source` whence the records come: where a change of the session is sent.
 * `change`: what access points were asked to do (change/), told: the limits each group's sessions run by.
 */
const CHANGES = `
  ALTER TABLE session ADD COLUMN account TEXT;
  ALTER TABLE session ADD COLUMN group_name TEXT;
  ALTER TABLE session ADD COLUMN source TEXT NOT NULL DEFAULT '';
  CREATE TABLE voucher_holder (voucher TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (voucher, device)) STRICT, WITHOUT ROWID;
  CREATE TABLE change (
    session_key TEXT NOT NULL, generation INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL,
    asked_at INTEGER NOT NULL, settled_at INTEGER, attempts INTEGER NOT NULL, detail TEXT,
    PRIMARY KEY (session_key, generation, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE told (group_name TEXT PRIMARY KEY, limits TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

export const openSessionsDatabase = (file: string, log: (line: string) => void = () => {}): Database.Database =>
  openDatabase({ file, migrations: [SESSIONS, CHANGES], log, salvaged: ['session', 'report', 'voucher_holder'] })

export const COLUMNS = `session_key AS sessionKey, generation, nas_key AS nasKey, nas, acct_session_id AS acctSessionId, device,
  started_at AS startedAt, heard_at AS heardAt, seconds, up_octets AS upOctets, down_octets AS downOctets, interims,
  stopped_at AS stoppedAt, cause, stopped_by AS stoppedBy, update_reported_at AS updateReportedAt,
  account, group_name AS "group", source`
