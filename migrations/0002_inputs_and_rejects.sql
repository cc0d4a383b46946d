-- Many files in one load, and rows that could not be loaded.

-- Where a file's rows end, from the chunk on that accounts for the last of them.
CREATE TABLE file_ends (
  load        INTEGER NOT NULL REFERENCES loads (id),
  file        INTEGER NOT NULL CHECK (file >= 0),  -- index into the load's inputs
  chunk       INTEGER NOT NULL CHECK (chunk >= 0), -- number; not counted while that is discarded
  byte        INTEGER NOT NULL CHECK (byte >= 0),
  row         INTEGER NOT NULL CHECK (row >= 0),
  empty_lines INTEGER NOT NULL CHECK (empty_lines >= 0),
  blocks      TEXT    NOT NULL CHECK (length(blocks) = 16 AND blocks NOT GLOB '*[^0-9a-f]*'),
  tail        TEXT    NOT NULL CHECK (length(tail) = 16 AND tail NOT GLOB '*[^0-9a-f]*'),
  PRIMARY KEY (load, file)
) STRICT, WITHOUT ROWID;

-- Cumulative, as chunk_partitions are. Of `rejected` rows so many are in the dead letter topic.
ALTER TABLE chunks ADD COLUMN dead_letter_topic TEXT NOT NULL DEFAULT '';
ALTER TABLE chunks ADD COLUMN dead_rows INTEGER NOT NULL DEFAULT 0 CHECK (dead_rows >= 0);
ALTER TABLE chunks ADD COLUMN dead_digest TEXT NOT NULL DEFAULT '0000000000000000'
  CHECK (length(dead_digest) = 16 AND dead_digest NOT GLOB '*[^0-9a-f]*');
ALTER TABLE chunks ADD COLUMN dead_first INTEGER CHECK (dead_first >= 0);
ALTER TABLE chunks ADD COLUMN dead_end INTEGER CHECK (dead_end >= 0);
-- Length of the file of rejected rows (--rejects).
ALTER TABLE chunks ADD COLUMN rejects_bytes INTEGER NOT NULL DEFAULT 0 CHECK (rejects_bytes >= 0);
