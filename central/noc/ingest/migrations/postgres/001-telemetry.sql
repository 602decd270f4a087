CREATE TABLE hotspot (
  node TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kelurahan TEXT NOT NULL,
  rt TEXT NOT NULL,
  lat DOUBLE PRECISION NOT NULL,
  lon DOUBLE PRECISION NOT NULL,
  simulated BIGINT NOT NULL,
  token_hash TEXT,
  created_at BIGINT NOT NULL
);

-- One lane of one generation of one box's outbox; `mark` is the highest seq up to which nothing is missing.
CREATE TABLE stream (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  lane TEXT NOT NULL,
  mark BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node, epoch, lane)
);

CREATE TABLE raw (
  stream BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  placed_at BIGINT NOT NULL,
  mono BIGINT NOT NULL,
  clock TEXT NOT NULL,
  flag TEXT,
  received_at BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (stream, seq)
);
CREATE INDEX raw_by_time ON raw (stream, kind, placed_at);

CREATE TABLE area_minute (
  area TEXT NOT NULL,
  t BIGINT NOT NULL,
  online_ms BIGINT NOT NULL,
  covered_ms BIGINT NOT NULL,
  down_octets BIGINT NOT NULL,
  up_octets BIGINT NOT NULL,
  admitted BIGINT NOT NULL,
  PRIMARY KEY (area, t)
);

CREATE TABLE node_hour (
  node TEXT NOT NULL,
  t BIGINT NOT NULL,
  online_ms BIGINT NOT NULL,
  covered_ms BIGINT NOT NULL,
  down_octets BIGINT NOT NULL,
  up_octets BIGINT NOT NULL,
  admitted BIGINT NOT NULL,
  cpu_sum DOUBLE PRECISION NOT NULL,
  cpu_n BIGINT NOT NULL,
  memory_sum DOUBLE PRECISION NOT NULL,
  memory_n BIGINT NOT NULL,
  uplink_sum DOUBLE PRECISION NOT NULL,
  uplink_n BIGINT NOT NULL,
  PRIMARY KEY (node, t)
);

CREATE TABLE node_day (
  t BIGINT NOT NULL,
  node TEXT NOT NULL,
  online_ms BIGINT NOT NULL,
  covered_ms BIGINT NOT NULL,
  down_octets BIGINT NOT NULL,
  up_octets BIGINT NOT NULL,
  admitted BIGINT NOT NULL,
  watched BIGINT NOT NULL,
  fallback BIGINT NOT NULL,
  PRIMARY KEY (t, node)
);

CREATE TABLE session (
  node TEXT NOT NULL,
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  device TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  seconds BIGINT NOT NULL,
  up_octets BIGINT NOT NULL,
  down_octets BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  cause TEXT,
  nas TEXT,
  placed_at BIGINT NOT NULL,
  PRIMARY KEY (node, id)
);
CREATE INDEX session_by_node ON session (node, placed_at);
CREATE INDEX session_by_age ON session (placed_at);

CREATE TABLE play (
  node TEXT NOT NULL,
  clip TEXT NOT NULL,
  day BIGINT NOT NULL,
  started BIGINT NOT NULL,
  watched BIGINT NOT NULL,
  fallback BIGINT NOT NULL,
  PRIMARY KEY (node, clip, day)
);

CREATE TABLE gap (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  lane TEXT NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  to_seq BIGINT NOT NULL,
  records BIGINT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE node_event (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node TEXT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);

CREATE TABLE quarantine (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at BIGINT NOT NULL,
  node TEXT,
  topic TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  excerpt TEXT NOT NULL,
  payload TEXT NOT NULL
);

CREATE TABLE node_state (
  node TEXT PRIMARY KEY,
  connection TEXT,
  connected BIGINT NOT NULL DEFAULT 0,
  heard_at BIGINT,
  status_at BIGINT,
  usage TEXT,
  usage_at BIGINT,
  usage_seconds BIGINT,
  previous_usage_seconds BIGINT,
  health TEXT,
  health_at BIGINT,
  uplink_measured_at BIGINT,
  skew_ms BIGINT,
  epoch TEXT,
  version TEXT,
  state TEXT,
  reason TEXT,
  state_since BIGINT
);

CREATE TABLE node_total (
  node TEXT PRIMARY KEY,
  records BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  dropped BIGINT NOT NULL
);

CREATE TABLE downlink (
  id TEXT NOT NULL,
  node TEXT NOT NULL,
  topic TEXT NOT NULL,
  packet TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  delivered_at BIGINT,
  PRIMARY KEY (node, id)
);
CREATE INDEX downlink_pending ON downlink (node, created_at) WHERE delivered_at IS NULL;

CREATE TABLE wall_link (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE wall_screen (
  hash TEXT PRIMARY KEY,
  link BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
