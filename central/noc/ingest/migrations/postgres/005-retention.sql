-- What retention removed: one row per class and city day.
CREATE TABLE retention_report (
  class TEXT NOT NULL,
  day BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  took_ms BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (class, day)
);
CREATE INDEX quarantine_by_age ON quarantine (received_at);

-- Raw records by the city day they were received on, so that a day goes by dropping its table. What was there before becomes
-- one partition up to the end of its last day. That a seq is stored once is the marks' doing: a key here must hold the day.
ALTER TABLE raw RENAME TO raw_before;
ALTER TABLE raw_before DROP CONSTRAINT raw_pkey;
DROP INDEX raw_by_time;
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
  PRIMARY KEY (stream, seq, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX raw_by_time ON raw (stream, kind, placed_at);
DO $$
DECLARE newest BIGINT := (SELECT MAX(received_at) FROM raw_before);
BEGIN
  IF newest IS NULL THEN
    DROP TABLE raw_before;
  ELSE
    -- 25200000: Waktu Indonesia Barat.
    EXECUTE format('ALTER TABLE raw ATTACH PARTITION raw_before FOR VALUES FROM (MINVALUE) TO (%s)',
      newest - (newest + 25200000) % 86400000 + 86400000);
  END IF;
END $$;
