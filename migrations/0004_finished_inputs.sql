-- Loads that go on for years: what they know of inputs they have finished with long ago.

-- Inputs before those of the plan, which are kept as keys alone.
ALTER TABLE plans ADD COLUMN finished INTEGER NOT NULL DEFAULT 0 CHECK (finished >= 0);
ALTER TABLE plans ADD COLUMN finished_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN finished_empty_lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN finished_bytes INTEGER NOT NULL DEFAULT 0;

-- Files of its plan that the chunk knows: a plan may get further ones at its end. NULL: all.
ALTER TABLE chunks ADD COLUMN files INTEGER CHECK (files >= 0);

-- 512 keys of 56 bytes each, as the pages in Kafka; see docs/checkpoint-format.md.
CREATE TABLE finished_pages (
  load INTEGER NOT NULL REFERENCES loads (id),
  page INTEGER NOT NULL CHECK (page >= 0),
  keys BLOB    NOT NULL,
  PRIMARY KEY (load, page)
) STRICT, WITHOUT ROWID;
