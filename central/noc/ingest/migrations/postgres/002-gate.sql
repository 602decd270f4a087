CREATE TABLE notice (
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT,
  device TEXT,
  count BIGINT NOT NULL,
  PRIMARY KEY (node, epoch, seq)
);
CREATE INDEX notice_by_node ON notice (node, at);
CREATE INDEX notice_by_age ON notice (at);

-- Sessions that still run, for the other boxes of the kelurahan: the only place where tags rest, until the session's end.
CREATE TABLE visit (
  kelurahan TEXT NOT NULL,
  simulated BIGINT NOT NULL,
  code TEXT NOT NULL,
  tag TEXT NOT NULL,
  node TEXT NOT NULL,
  grp TEXT NOT NULL,
  octets BIGINT NOT NULL,
  today_seconds BIGINT NOT NULL,
  today_octets BIGINT NOT NULL,
  at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  PRIMARY KEY (kelurahan, simulated, code)
);
CREATE INDEX visit_by_end ON visit (ends_at);

ALTER TABLE session ADD COLUMN grp TEXT;

ALTER TABLE node_state ADD COLUMN settings BIGINT;
ALTER TABLE node_state ADD COLUMN settings_at BIGINT;
ALTER TABLE node_state ADD COLUMN refused_version BIGINT;
ALTER TABLE node_state ADD COLUMN refused_reason TEXT;
ALTER TABLE node_state ADD COLUMN troubles TEXT;
