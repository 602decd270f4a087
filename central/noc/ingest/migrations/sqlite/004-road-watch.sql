-- What came twice, whose clock is believed, and which lives of a box said hello (rivals.ts).
ALTER TABLE node_total ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node_state ADD COLUMN clock TEXT;
ALTER TABLE node_state ADD COLUMN lives TEXT;
ALTER TABLE node_state ADD COLUMN rival_at INTEGER;

-- form: packet (payload is its base64), record (payload is its JSON), none (cannot be tried again).
ALTER TABLE quarantine ADD COLUMN form TEXT NOT NULL DEFAULT 'none';
ALTER TABLE quarantine ADD COLUMN epoch TEXT;
ALTER TABLE quarantine ADD COLUMN lane TEXT;
ALTER TABLE quarantine ADD COLUMN tried_at INTEGER;

-- Ingest's own counters, written with each commit. One row per worker, so that workers never wait for each other.
CREATE TABLE ingest_minute (
  t INTEGER NOT NULL,
  worker TEXT NOT NULL,
  commits INTEGER NOT NULL,
  records INTEGER NOT NULL,
  repeated INTEGER NOT NULL,
  ahead INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  untimed INTEGER NOT NULL,
  PRIMARY KEY (t, worker)
) STRICT;
CREATE TABLE ingest_lag (
  t INTEGER NOT NULL,
  worker TEXT NOT NULL,
  up_to INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (t, worker, up_to)
) STRICT;
CREATE TABLE ingest_worker (
  worker TEXT PRIMARY KEY,
  shards TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  waiting INTEGER NOT NULL
) STRICT;
CREATE INDEX gap_by_node ON gap (node, id);
