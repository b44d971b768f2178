-- phase: expand
-- lock: only the new table
-- duration: milliseconds; creates empty tables
-- compatible-with: previous release
CREATE TABLE links (
  slug text COLLATE "C" NOT NULL PRIMARY KEY,
  destination text NOT NULL,
  title text,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  clicks bigint NOT NULL DEFAULT 0
);

CREATE INDEX links_newest_first ON links (created_at_ms DESC, slug DESC);
