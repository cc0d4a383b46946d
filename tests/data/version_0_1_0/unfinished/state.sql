BEGIN TRANSACTION;
CREATE TABLE chunk_partitions (
  chunk        INTEGER NOT NULL REFERENCES chunks (id),
  partition    INTEGER NOT NULL CHECK (partition >= 0),
  rows         INTEGER NOT NULL CHECK (rows >= 0),
  digest       TEXT    NOT NULL CHECK (length(digest) = 16 AND digest NOT GLOB '*[^0-9a-f]*'),
  first_offset INTEGER CHECK (first_offset >= 0),  -- of the load's first record; NULL: unknown
  end_offset   INTEGER CHECK (end_offset >= 0),    -- just past its last record; NULL: unknown
  PRIMARY KEY (chunk, partition)
) STRICT, WITHOUT ROWID;
INSERT INTO "chunk_partitions" VALUES(1,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(1,1,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(1,2,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(1,3,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(1,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(2,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(2,1,4,'006ec54bda83aabb',0,4);
INSERT INTO "chunk_partitions" VALUES(2,2,4,'67961cd9b4bbbe98',0,4);
INSERT INTO "chunk_partitions" VALUES(2,3,7,'9a49687a35738b06',0,7);
INSERT INTO "chunk_partitions" VALUES(2,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(3,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(3,1,9,'4440dce6be501b9c',0,9);
INSERT INTO "chunk_partitions" VALUES(3,2,8,'5762e2be53287d9b',0,8);
INSERT INTO "chunk_partitions" VALUES(3,3,13,'732649a4d8edf17d',0,13);
INSERT INTO "chunk_partitions" VALUES(3,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(4,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(4,1,13,'92b49b16ea9e791e',0,14);
INSERT INTO "chunk_partitions" VALUES(4,2,13,'74633411675385ea',0,14);
INSERT INTO "chunk_partitions" VALUES(4,3,19,'223db3cdaed8fcf2',0,20);
INSERT INTO "chunk_partitions" VALUES(4,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(5,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(5,1,17,'ec12b4b0c07d0db0',0,19);
INSERT INTO "chunk_partitions" VALUES(5,2,18,'48b453a0ddda5073',0,20);
INSERT INTO "chunk_partitions" VALUES(5,3,25,'de78f002c775fa63',0,27);
INSERT INTO "chunk_partitions" VALUES(5,4,0,'0000000000000000',NULL,NULL);
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
  settled_ms      INTEGER, dead_letter_topic TEXT NOT NULL DEFAULT '', dead_rows INTEGER NOT NULL DEFAULT 0 CHECK (dead_rows >= 0), dead_digest TEXT NOT NULL DEFAULT '0000000000000000'
  CHECK (length(dead_digest) = 16 AND dead_digest NOT GLOB '*[^0-9a-f]*'), dead_first INTEGER CHECK (dead_first >= 0), dead_end INTEGER CHECK (dead_end >= 0), rejects_bytes INTEGER NOT NULL DEFAULT 0 CHECK (rejects_bytes >= 0),  -- when it was known to be committed or discarded
  CHECK ((state = 'intended') = (settled_ms IS NULL)),
  CHECK (adopted = 0 OR state <> 'intended')
) STRICT;
INSERT INTO "chunks" VALUES(1,1,0,'committed',0,0,1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',0,0,0,0,0,'0000000000000000','2d06800538d394c2',1795831565014,1795831565014,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(2,1,1,'committed',0,0,1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',0,0,265,15,0,'0000000000000000','f85e6a7d15850228',1795831565188,1795831565417,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(3,1,2,'committed',0,0,1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',0,0,535,30,0,'0000000000000000','c4765e1fda986e26',1795831565417,1795831565505,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(4,1,3,'committed',0,0,1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',0,0,805,45,0,'0000000000000000','6ff7d98f3c8bdb98',1795831565505,1795831565623,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(5,1,4,'intended',0,0,1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',0,1,213,10,0,'0000000000000000','04c76fe970a0f143',1795831565623,NULL,'',0,'0000000000000000',NULL,NULL,0);
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
INSERT INTO "file_ends" VALUES(1,0,4,895,50,0,'0000000000000000','ab19d3cf520a5f5f');
CREATE TABLE loads (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,
  -- The run that may write. Every write of the ledger asks for it first.
  run_id     TEXT    NOT NULL REFERENCES runs (run_id) DEFERRABLE INITIALLY DEFERRED,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "loads" VALUES(1,'unfinished','47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',1795831565014,1795831565623);
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
INSERT INTO "plan_files" VALUES(1,0,'/tmp/tmprfam819t/a.csv',895,1795831557489057948,10002487,65024);
INSERT INTO "plan_files" VALUES(1,1,'/tmp/tmprfam819t/b.csv',1013,1795831557489180439,10002497,65024);
CREATE TABLE plan_options (
  plan     INTEGER NOT NULL REFERENCES plans (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  name     TEXT    NOT NULL,
  value    TEXT    NOT NULL,
  PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "plan_options" VALUES(1,0,'columns','["id","user","text"]');
INSERT INTO "plan_options" VALUES(1,1,'dialect','{}');
INSERT INTO "plan_options" VALUES(1,2,'encoding','utf-8');
INSERT INTO "plan_options" VALUES(1,3,'messages','{"key":{"columns":["user"]},"headers":true}');
CREATE TABLE plans (
  id              INTEGER PRIMARY KEY,
  load            INTEGER NOT NULL REFERENCES loads (id),
  load_id         TEXT    NOT NULL,
  topic           TEXT    NOT NULL,
  topic_id        TEXT    NOT NULL,  -- empty: the broker gives none
  cluster_id      TEXT    NOT NULL,
  partition_count INTEGER NOT NULL CHECK (partition_count >= 0)
) STRICT;
INSERT INTO "plans" VALUES(1,1,'3484ff93-7766-4509-99c9-e7ade994299e','first-unfinished-00820a','AfSywbgDRPqzg95zPLBdqw','mQgb3mkVIwOnBLlhIpjO1g',5);
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
INSERT INTO "runs" VALUES(1,'47fd23e0-f50a-4a30-9b08-0edcc1e78cb3',1,'pid 2406 on vm since 2026-11-28T02:05:58Z','0.1.0',1795831565014,0,0,NULL,NULL,'');
CREATE INDEX runs_of_load ON runs (load, id);
CREATE INDEX plans_of_load ON plans (load, id);
CREATE UNIQUE INDEX live_chunks ON chunks (load, number) WHERE state <> 'discarded';
CREATE UNIQUE INDEX one_intent ON chunks (load) WHERE state = 'intended';
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
COMMIT;
