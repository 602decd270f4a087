-- What came twice, whose clock is believed, and which lives of a box said hello (rivals.ts).
ALTER TABLE node_total ADD COLUMN repeated BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node_state ADD COLUMN clock TEXT;
ALTER TABLE node_state ADD COLUMN lives TEXT;
ALTER TABLE node_state ADD COLUMN rival_at BIGINT;

-- form: packet (payload is its base64), record (payload is its JSON), none (cannot be tried again).
ALTER TABLE quarantine ADD COLUMN form TEXT NOT NULL DEFAULT 'none';
ALTER TABLE quarantine ADD COLUMN epoch TEXT;
ALTER TABLE quarantine ADD COLUMN lane TEXT;
ALTER TABLE quarantine ADD COLUMN tried_at BIGINT;

-- Ingest's own counters, written with each commit. One row per worker, so that workers never wait for each other.
CREATE TABLE ingest_minute (
  t BIGINT NOT NULL,
  worker TEXT NOT NULL,
  commits BIGINT NOT NULL,
  records BIGINT NOT NULL,
  repeated BIGINT NOT NULL,
  ahead BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  untimed BIGINT NOT NULL,
  PRIMARY KEY (t, worker)
);
CREATE TABLE ingest_lag (
  t BIGINT NOT NULL,
  worker TEXT NOT NULL,
  up_to BIGINT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (t, worker, up_to)
);
CREATE TABLE ingest_worker (
  worker TEXT PRIMARY KEY,
  shards TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  waiting BIGINT NOT NULL
);
CREATE INDEX gap_by_node ON gap (node, id);
