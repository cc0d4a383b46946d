-- The ledger, version 1; see docs/checkpoint-format.md. A released migration is never edited.
--
-- Times are wall-clock milliseconds since 1970-01-01 UTC (*_ms). Rows, bytes and offsets are counts
-- from 0. Digests are 64 bits as 16 lower-case hexadecimal digits: SQLite's integers are signed.

CREATE TABLE loads (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,
  -- The run that may write. Every write of the ledger asks for it first.
  run_id     TEXT    NOT NULL REFERENCES runs (run_id) DEFERRABLE INITIALLY DEFERRED,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  id             INTEGER PRIMARY KEY,  -- in the order they began
  run_id         TEXT    NOT NULL UNIQUE,
  load           INTEGER NOT NULL REFERENCES loads (id),
  writer         TEXT    NOT NULL,     -- pid, host and start time, for people
  tool_version   TEXT    NOT NULL,
  started_ms     INTEGER,              -- NULL: known from an adopted record only
  rows_at_start  INTEGER NOT NULL CHECK (rows_at_start >= 0),   -- committed by earlier runs
  bytes_at_start INTEGER NOT NULL CHECK (bytes_at_start >= 0),  -- of the inputs, likewise
  ended_ms       INTEGER,              -- NULL: still running, or killed
  exit_code      INTEGER,
  error          TEXT    NOT NULL DEFAULT '',
  CHECK ((ended_ms IS NULL) = (exit_code IS NULL))
) STRICT;
CREATE INDEX runs_of_load ON runs (load, id);

-- What rows were made from and for: inputs, options, target. Rows are immutable; a record that says
-- something new (a file has moved, say) gets a new plan, so each chunk keeps what was true for it.
CREATE TABLE plans (
  id              INTEGER PRIMARY KEY,
  load            INTEGER NOT NULL REFERENCES loads (id),
  load_id         TEXT    NOT NULL,
  topic           TEXT    NOT NULL,
  topic_id        TEXT    NOT NULL,  -- empty: the broker gives none
  cluster_id      TEXT    NOT NULL,
  partition_count INTEGER NOT NULL CHECK (partition_count >= 0)
) STRICT;
CREATE INDEX plans_of_load ON plans (load, id);

CREATE TABLE plan_files (
  plan     INTEGER NOT NULL REFERENCES plans (id),
  file     INTEGER NOT NULL CHECK (file >= 0),  -- index into the load's inputs
  path     TEXT    NOT NULL,
  size     INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  inode    INTEGER NOT NULL,  -- unsigned 64 bits, read as signed
  device   INTEGER NOT NULL,  -- likewise
  PRIMARY KEY (plan, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_options (
  plan     INTEGER NOT NULL REFERENCES plans (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  name     TEXT    NOT NULL,
  value    TEXT    NOT NULL,
  PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;

-- A chunk is one Kafka transaction. Its row says where it ends; it begins where the one before it
-- ends, so no two columns can disagree about that. Chunk 0 is the state before anything was sent.
CREATE TABLE chunks (
  id              INTEGER PRIMARY KEY,
  load            INTEGER NOT NULL REFERENCES loads (id),
  number          INTEGER NOT NULL CHECK (number >= 0),
  state           TEXT    NOT NULL CHECK (state IN ('intended', 'committed', 'discarded')),
  adopted         INTEGER NOT NULL CHECK (adopted IN (0, 1)),  -- from Kafka; not sent from here
  complete        INTEGER NOT NULL CHECK (complete IN (0, 1)), -- the input's end is reached
  plan            INTEGER NOT NULL REFERENCES plans (id),
  run_id          TEXT    NOT NULL REFERENCES runs (run_id),   -- who sent it
  rejected        INTEGER NOT NULL CHECK (rejected >= 0),      -- rows so far
  end_file        INTEGER NOT NULL CHECK (end_file >= 0),
  end_byte        INTEGER NOT NULL CHECK (end_byte >= 0),
  end_row         INTEGER NOT NULL CHECK (end_row >= 0),
  end_empty_lines INTEGER NOT NULL CHECK (end_empty_lines >= 0),
  end_blocks      TEXT    NOT NULL CHECK (length(end_blocks) = 16
                                          AND end_blocks NOT GLOB '*[^0-9a-f]*'),
  end_tail        TEXT    NOT NULL CHECK (length(end_tail) = 16
                                          AND end_tail NOT GLOB '*[^0-9a-f]*'),
  written_ms      INTEGER NOT NULL,
  settled_ms      INTEGER,  -- when it was known to be committed or discarded
  CHECK ((state = 'intended') = (settled_ms IS NULL)),
  CHECK (adopted = 0 OR state <> 'intended')
) STRICT;
-- A chunk number is intended or committed once; and one chunk at most is in doubt.
CREATE UNIQUE INDEX live_chunks ON chunks (load, number) WHERE state <> 'discarded';
CREATE UNIQUE INDEX one_intent ON chunks (load) WHERE state = 'intended';

-- What the load has put into each partition up to the chunk's end: cumulative, so that one chunk's
-- rows are a whole state and a gap in the history costs nothing.
CREATE TABLE chunk_partitions (
  chunk        INTEGER NOT NULL REFERENCES chunks (id),
  partition    INTEGER NOT NULL CHECK (partition >= 0),
  rows         INTEGER NOT NULL CHECK (rows >= 0),
  digest       TEXT    NOT NULL CHECK (length(digest) = 16 AND digest NOT GLOB '*[^0-9a-f]*'),
  first_offset INTEGER CHECK (first_offset >= 0),  -- of the load's first record; NULL: unknown
  end_offset   INTEGER CHECK (end_offset >= 0),    -- just past its last record; NULL: unknown
  PRIMARY KEY (chunk, partition)
) STRICT, WITHOUT ROWID;

-- Rows that could not be loaded. They count once `chunk` is committed; a chunk that is read again
-- overwrites them.
CREATE TABLE rejected_rows (
  load       INTEGER NOT NULL REFERENCES loads (id),
  file       INTEGER NOT NULL CHECK (file >= 0),
  row        INTEGER NOT NULL CHECK (row >= 0),
  chunk      INTEGER NOT NULL CHECK (chunk >= 0),
  run_id     TEXT    NOT NULL REFERENCES runs (run_id),
  begin_byte INTEGER NOT NULL CHECK (begin_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte >= begin_byte),
  reason     TEXT    NOT NULL,
  detail     TEXT    NOT NULL,
  PRIMARY KEY (load, file, row)
) STRICT, WITHOUT ROWID;

-- For people with the sqlite3 shell; the program reads none of these.
CREATE VIEW chunk_history AS
SELECT loads.name AS load, chunks.number AS chunk, chunks.state, chunks.adopted,
       before.end_file AS begin_file, before.end_byte AS begin_byte, before.end_row AS begin_row,
       chunks.end_file, chunks.end_byte, chunks.end_row, chunks.rejected,
       (SELECT sum(rows) FROM chunk_partitions WHERE chunk = chunks.id) AS rows_so_far,
       datetime(chunks.written_ms / 1000, 'unixepoch') AS written,
       datetime(chunks.settled_ms / 1000, 'unixepoch') AS settled, chunks.run_id
FROM chunks JOIN loads ON loads.id = chunks.load
     LEFT JOIN chunks AS before ON before.load = chunks.load AND before.number = chunks.number - 1
                                   AND before.state <> 'discarded';

CREATE VIEW progress AS
SELECT loads.name AS load, chunks.number AS chunk, chunks.complete,
       (SELECT sum(rows) FROM chunk_partitions WHERE chunk = chunks.id) AS rows, chunks.rejected,
       chunks.end_file, chunks.end_row, chunks.end_byte, plans.topic, runs.writer,
       datetime(loads.updated_ms / 1000, 'unixepoch') AS updated
FROM loads JOIN chunks ON chunks.load = loads.id AND chunks.state = 'committed'
     JOIN plans ON plans.id = chunks.plan JOIN runs ON runs.run_id = loads.run_id
WHERE chunks.number = (SELECT max(number) FROM chunks AS c
                       WHERE c.load = loads.id AND c.state = 'committed');
