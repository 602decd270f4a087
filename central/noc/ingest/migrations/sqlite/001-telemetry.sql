CREATE TABLE hotspot (
  node TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kelurahan TEXT NOT NULL,
  rt TEXT NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  simulated INTEGER NOT NULL,
  token_hash TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- One lane of one generation of one box's outbox; `mark` is the highest seq up to which nothing is missing.
CREATE TABLE stream (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  lane TEXT NOT NULL,
  mark INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (node, epoch, lane)
) STRICT;

CREATE TABLE raw (
  stream INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  placed_at INTEGER NOT NULL,
  mono INTEGER NOT NULL,
  clock TEXT NOT NULL,
  flag TEXT,
  received_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX raw_by_time ON raw (stream, kind, placed_at);

CREATE TABLE area_minute (
  area TEXT NOT NULL,
  t INTEGER NOT NULL,
  online_ms INTEGER NOT NULL,
  covered_ms INTEGER NOT NULL,
  down_octets INTEGER NOT NULL,
  up_octets INTEGER NOT NULL,
  admitted INTEGER NOT NULL,
  PRIMARY KEY (area, t)
) STRICT, WITHOUT ROWID;

CREATE TABLE node_hour (
  node TEXT NOT NULL,
  t INTEGER NOT NULL,
  online_ms INTEGER NOT NULL,
  covered_ms INTEGER NOT NULL,
  down_octets INTEGER NOT NULL,
  up_octets INTEGER NOT NULL,
  admitted INTEGER NOT NULL,
  cpu_sum REAL NOT NULL,
  cpu_n INTEGER NOT NULL,
  memory_sum REAL NOT NULL,
  memory_n INTEGER NOT NULL,
  uplink_sum REAL NOT NULL,
  uplink_n INTEGER NOT NULL,
  PRIMARY KEY (node, t)
) STRICT, WITHOUT ROWID;

CREATE TABLE node_day (
  t INTEGER NOT NULL,
  node TEXT NOT NULL,
  online_ms INTEGER NOT NULL,
  covered_ms INTEGER NOT NULL,
  down_octets INTEGER NOT NULL,
  up_octets INTEGER NOT NULL,
  admitted INTEGER NOT NULL,
  watched INTEGER NOT NULL,
  fallback INTEGER NOT NULL,
  PRIMARY KEY (t, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  node TEXT NOT NULL,
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  device TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  up_octets INTEGER NOT NULL,
  down_octets INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  cause TEXT,
  nas TEXT,
  placed_at INTEGER NOT NULL,
  PRIMARY KEY (node, id)
) STRICT;
CREATE INDEX session_by_node ON session (node, placed_at);
CREATE INDEX session_by_age ON session (placed_at);

CREATE TABLE play (
  node TEXT NOT NULL,
  clip TEXT NOT NULL,
  day INTEGER NOT NULL,
  started INTEGER NOT NULL,
  watched INTEGER NOT NULL,
  fallback INTEGER NOT NULL,
  PRIMARY KEY (node, clip, day)
) STRICT;

CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  lane TEXT NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  records INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE node_event (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at INTEGER NOT NULL,
  node TEXT,
  topic TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  excerpt TEXT NOT NULL,
  payload TEXT NOT NULL
) STRICT;

CREATE TABLE node_state (
  node TEXT PRIMARY KEY,
  connection TEXT,
  connected INTEGER NOT NULL DEFAULT 0,
  heard_at INTEGER,
  status_at INTEGER,
  usage TEXT,
  usage_at INTEGER,
  usage_seconds INTEGER,
  previous_usage_seconds INTEGER,
  health TEXT,
  health_at INTEGER,
  uplink_measured_at INTEGER,
  skew_ms INTEGER,
  epoch TEXT,
  version TEXT,
  state TEXT,
  reason TEXT,
  state_since INTEGER
) STRICT;

CREATE TABLE node_total (
  node TEXT PRIMARY KEY,
  records INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  dropped INTEGER NOT NULL
) STRICT;

CREATE TABLE downlink (
  id TEXT NOT NULL,
  node TEXT NOT NULL,
  topic TEXT NOT NULL,
  packet TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  delivered_at INTEGER,
  PRIMARY KEY (node, id)
) STRICT;
CREATE INDEX downlink_pending ON downlink (node, created_at) WHERE delivered_at IS NULL;

CREATE TABLE wall_link (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE wall_screen (
  hash TEXT PRIMARY KEY,
  link INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
