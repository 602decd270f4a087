/** Step n brings `user_version` from n to n + 1. Steps are only ever added. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE watches (
    mac TEXT PRIMARY KEY,
    clip TEXT NOT NULL,
    nonce TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    began_mono INTEGER NOT NULL,
    boot TEXT NOT NULL
  ) STRICT;

  -- One row per device past the gate. The row goes when its stop record is in the outbox.
  CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    mac TEXT NOT NULL,
    device TEXT NOT NULL,
    client_id INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    granted_seconds INTEGER NOT NULL,
    used_seconds REAL NOT NULL,
    anchor_at INTEGER NOT NULL,
    anchor_mono INTEGER NOT NULL,
    boot TEXT NOT NULL,
    up_octets INTEGER NOT NULL,
    down_octets INTEGER NOT NULL,
    up_reading INTEGER NOT NULL,
    down_reading INTEGER NOT NULL,
    start_told INTEGER NOT NULL,
    ended_cause TEXT
  ) STRICT;

  CREATE TABLE last_client_id (one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL) STRICT;
  INSERT INTO last_client_id VALUES (1, 0);

  -- Words and contact of a complaint rest in the outbox record only. The device is kept for the hourly limit, then wiped.
  CREATE TABLE tickets (
    code TEXT PRIMARY KEY,
    form TEXT NOT NULL UNIQUE,
    device TEXT,
    category TEXT NOT NULL,
    filed_at INTEGER NOT NULL,
    filed_mono INTEGER NOT NULL,
    boot TEXT NOT NULL,
    seq INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tickets_recent ON tickets (device) WHERE device IS NOT NULL;

  CREATE TABLE ticket_latest (code TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE ticket_steps (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    office TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (code, version)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE grants ADD COLUMN source TEXT NOT NULL DEFAULT 'portal';
  -- The access policy's group; brought: the one that came along with a session from elsewhere.
  ALTER TABLE grants ADD COLUMN group_name TEXT NOT NULL DEFAULT 'public';
  ALTER TABLE grants ADD COLUMN brought TEXT;
  ALTER TABLE grants ADD COLUMN code TEXT;
  ALTER TABLE grants ADD COLUMN code_tag TEXT;
  -- Used in the same session before it came to this device.
  ALTER TABLE grants ADD COLUMN carried_seconds REAL NOT NULL DEFAULT 0;
  ALTER TABLE grants ADD COLUMN carried_octets INTEGER NOT NULL DEFAULT 0;
  -- How much of used_seconds is in daily_use already: both go into one commit.
  ALTER TABLE grants ADD COLUMN tallied_seconds REAL NOT NULL DEFAULT 0;
  ALTER TABLE grants ADD COLUMN addresses TEXT;

  -- Of the day in last_day; emptied when another begins.
  CREATE TABLE daily_use (device TEXT PRIMARY KEY, seconds REAL NOT NULL, octets INTEGER NOT NULL) STRICT;
  CREATE TABLE last_day (one INTEGER PRIMARY KEY CHECK (one = 1), day INTEGER NOT NULL) STRICT;

  CREATE TABLE voucher_holders (voucher TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (voucher, device)) STRICT;
  `,
  `
  -- Over the whole row: SQLite has no checksums, and a flipped bit would let another device through, or for another time.
  ALTER TABLE grants ADD COLUMN sum INTEGER;
  `,
]
