-- The newest word on each access point, switch and router; `answered` is the last one in which it spoke.
CREATE TABLE device (
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  reachable INTEGER NOT NULL,
  since INTEGER NOT NULL,
  body TEXT NOT NULL,
  answered TEXT,
  answered_at INTEGER,
  PRIMARY KEY (node, name)
) STRICT, WITHOUT ROWID;

-- Sums are floating point: a device that lies must not fill a column.
CREATE TABLE device_hour (
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  t INTEGER NOT NULL,
  looks INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  in_octets REAL NOT NULL,
  out_octets REAL NOT NULL,
  errors REAL NOT NULL,
  clients_sum REAL NOT NULL,
  clients_n INTEGER NOT NULL,
  PRIMARY KEY (node, name, t)
) STRICT, WITHOUT ROWID;
