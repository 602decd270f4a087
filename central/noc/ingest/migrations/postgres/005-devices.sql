-- The newest word on each access point, switch and router; `answered` is the last one in which it spoke.
CREATE TABLE device (
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  reachable BIGINT NOT NULL,
  since BIGINT NOT NULL,
  body TEXT NOT NULL,
  answered TEXT,
  answered_at BIGINT,
  PRIMARY KEY (node, name)
);

-- Sums are floating point: a device that lies must not fill a column.
CREATE TABLE device_hour (
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  t BIGINT NOT NULL,
  looks BIGINT NOT NULL,
  answered BIGINT NOT NULL,
  in_octets DOUBLE PRECISION NOT NULL,
  out_octets DOUBLE PRECISION NOT NULL,
  errors DOUBLE PRECISION NOT NULL,
  clients_sum DOUBLE PRECISION NOT NULL,
  clients_n BIGINT NOT NULL,
  PRIMARY KEY (node, name, t)
);
