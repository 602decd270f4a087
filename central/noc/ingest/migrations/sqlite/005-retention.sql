-- What retention removed: one row per class and city day.
CREATE TABLE retention_report (
  class TEXT NOT NULL,
  day INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (class, day)
) STRICT;
CREATE INDEX quarantine_by_age ON quarantine (received_at);
