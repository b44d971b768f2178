-- phase: expand
-- lock: whole database, for the duration of the transaction
-- duration: milliseconds; creates empty tables
-- compatible-with: previous release
CREATE TABLE links (
  slug TEXT NOT NULL PRIMARY KEY,
  destination TEXT NOT NULL,
  title TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  clicks INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX links_newest_first ON links (created_at_ms DESC, slug DESC);
