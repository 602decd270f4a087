CREATE TABLE notice (
  node TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT,
  device TEXT,
  count INTEGER NOT NULL,
  PRIMARY KEY (node, epoch, seq)
) STRICT;
CREATE INDEX notice_by_node ON notice (node, at);
CREATE INDEX notice_by_age ON notice (at);

-- Sessions that still run, for the other boxes of the kelurahan: the only place where tags rest, until the session's end.
CREATE TABLE visit (
  kelurahan TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  code TEXT NOT NULL,
  tag TEXT NOT NULL,
  node TEXT NOT NULL,
  grp TEXT NOT NULL,
  octets INTEGER NOT NULL,
  today_seconds INTEGER NOT NULL,
  today_octets INTEGER NOT NULL,
  at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (kelurahan, simulated, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_by_end ON visit (ends_at);

ALTER TABLE session ADD COLUMN grp TEXT;

ALTER TABLE node_state ADD COLUMN settings INTEGER;
ALTER TABLE node_state ADD COLUMN settings_at INTEGER;
ALTER TABLE node_state ADD COLUMN refused_version INTEGER;
ALTER TABLE node_state ADD COLUMN refused_reason TEXT;
ALTER TABLE node_state ADD COLUMN troubles TEXT;
