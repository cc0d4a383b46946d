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
INSERT INTO "chunk_partitions" VALUES(2,1,4,'bb32585b159a7210',0,4);
INSERT INTO "chunk_partitions" VALUES(2,2,4,'fc4b99669ccae64c',0,4);
INSERT INTO "chunk_partitions" VALUES(2,3,7,'783218817ecc3a3c',0,7);
INSERT INTO "chunk_partitions" VALUES(2,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(3,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(3,1,9,'a683852dd0116912',0,9);
INSERT INTO "chunk_partitions" VALUES(3,2,8,'1e04737e899890e8',0,8);
INSERT INTO "chunk_partitions" VALUES(3,3,13,'316d3777f90791da',0,13);
INSERT INTO "chunk_partitions" VALUES(3,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(4,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(4,1,13,'3eee0119dedab2ee',0,15);
INSERT INTO "chunk_partitions" VALUES(4,2,13,'4f6a73a10fb78c1d',0,14);
INSERT INTO "chunk_partitions" VALUES(4,3,19,'7b91d74d9804eaa8',0,21);
INSERT INTO "chunk_partitions" VALUES(4,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(5,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(5,1,18,'b45d2863dfc42cea',0,21);
INSERT INTO "chunk_partitions" VALUES(5,2,17,'5576c98e48a6472b',0,19);
INSERT INTO "chunk_partitions" VALUES(5,3,25,'ab935d3aeb5547de',0,28);
INSERT INTO "chunk_partitions" VALUES(5,4,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(6,0,0,'0000000000000000',NULL,NULL);
INSERT INTO "chunk_partitions" VALUES(6,1,22,'1073c8370d461585',0,25);
INSERT INTO "chunk_partitions" VALUES(6,2,21,'5710f29af2af88c9',0,24);
INSERT INTO "chunk_partitions" VALUES(6,3,32,'26bfbf83a7f0dae8',0,35);
INSERT INTO "chunk_partitions" VALUES(6,4,0,'0000000000000000',NULL,NULL);
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
INSERT INTO "chunks" VALUES(1,1,0,'committed',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,0,0,0,0,'0000000000000000','2d06800538d394c2',1795831679407,1795831679407,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(2,1,1,'committed',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,7,31,1,0,'0000000000000000','99097be85feaff6e',1795831679627,1795831679689,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(3,1,2,'committed',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,14,53,2,0,'0000000000000000','4ec857cd7101744d',1795831679689,1795831679792,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(4,1,3,'committed',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,22,33,1,0,'0000000000000000','1d85c3350e4c2998',1795831679792,1795831679850,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(5,1,4,'committed',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,29,53,2,0,'0000000000000000','2085e2bad28b001c',1795831679850,1795831679916,'',0,'0000000000000000',NULL,NULL,0);
INSERT INTO "chunks" VALUES(6,1,5,'intended',0,0,1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',0,37,33,1,0,'0000000000000000','0533473d1ecd7424',1795831679916,NULL,'',0,'0000000000000000',NULL,NULL,0);
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
INSERT INTO "file_ends" VALUES(1,0,1,45,2,0,'0000000000000000','898a7bdbee13a904');
INSERT INTO "file_ends" VALUES(1,1,1,49,2,0,'0000000000000000','e41798a2a71273d4');
INSERT INTO "file_ends" VALUES(1,2,1,49,2,0,'0000000000000000','8d1ac150ed54ce2b');
INSERT INTO "file_ends" VALUES(1,3,1,49,2,0,'0000000000000000','c6523e31cb4843f1');
INSERT INTO "file_ends" VALUES(1,4,1,49,2,0,'0000000000000000','e449d036d5043bcc');
INSERT INTO "file_ends" VALUES(1,5,1,49,2,0,'0000000000000000','eb2e1b493b970669');
INSERT INTO "file_ends" VALUES(1,6,1,49,2,0,'0000000000000000','d80a58684336494e');
INSERT INTO "file_ends" VALUES(1,7,2,49,2,0,'0000000000000000','28524a5911fc8ae3');
INSERT INTO "file_ends" VALUES(1,8,2,49,2,0,'0000000000000000','fd495184abb9ca98');
INSERT INTO "file_ends" VALUES(1,9,2,49,2,0,'0000000000000000','9873ae25e63a7e76');
INSERT INTO "file_ends" VALUES(1,10,2,53,2,0,'0000000000000000','dfae18161bae8531');
INSERT INTO "file_ends" VALUES(1,11,2,53,2,0,'0000000000000000','f13383aa6c6235c5');
INSERT INTO "file_ends" VALUES(1,12,2,53,2,0,'0000000000000000','998f77ebcc932d96');
INSERT INTO "file_ends" VALUES(1,13,2,53,2,0,'0000000000000000','e52f693b6ef79c7d');
INSERT INTO "file_ends" VALUES(1,14,3,53,2,0,'0000000000000000','4ec857cd7101744d');
INSERT INTO "file_ends" VALUES(1,15,3,53,2,0,'0000000000000000','1c0980dc5f64bd72');
INSERT INTO "file_ends" VALUES(1,16,3,53,2,0,'0000000000000000','d341f4feb7f08f45');
INSERT INTO "file_ends" VALUES(1,17,3,53,2,0,'0000000000000000','f01aa6d9609e65e2');
INSERT INTO "file_ends" VALUES(1,18,3,53,2,0,'0000000000000000','e0a0524811f0b392');
INSERT INTO "file_ends" VALUES(1,19,3,53,2,0,'0000000000000000','4084affa251a102a');
INSERT INTO "file_ends" VALUES(1,20,3,53,2,0,'0000000000000000','e199d8fefaa17b86');
INSERT INTO "file_ends" VALUES(1,21,3,53,2,0,'0000000000000000','0333642053225e4e');
INSERT INTO "file_ends" VALUES(1,22,4,53,2,0,'0000000000000000','41aa10f99258cf7c');
INSERT INTO "file_ends" VALUES(1,23,4,53,2,0,'0000000000000000','70c453d0268ae8db');
INSERT INTO "file_ends" VALUES(1,24,4,53,2,0,'0000000000000000','3e40551ad1a4ed1c');
INSERT INTO "file_ends" VALUES(1,25,4,53,2,0,'0000000000000000','fb8dd9360798f985');
INSERT INTO "file_ends" VALUES(1,26,4,53,2,0,'0000000000000000','3a6c84e7cee9c9ac');
INSERT INTO "file_ends" VALUES(1,27,4,53,2,0,'0000000000000000','1ddfbbb2db1d9ef7');
INSERT INTO "file_ends" VALUES(1,28,4,53,2,0,'0000000000000000','feef3f8ad8cd1108');
INSERT INTO "file_ends" VALUES(1,29,5,53,2,0,'0000000000000000','2085e2bad28b001c');
INSERT INTO "file_ends" VALUES(1,30,5,53,2,0,'0000000000000000','005e51e119475db3');
INSERT INTO "file_ends" VALUES(1,31,5,53,2,0,'0000000000000000','7690a434b622fbf3');
INSERT INTO "file_ends" VALUES(1,32,5,53,2,0,'0000000000000000','80aef0c170efd9c3');
INSERT INTO "file_ends" VALUES(1,33,5,53,2,0,'0000000000000000','ace14bd241c09bef');
INSERT INTO "file_ends" VALUES(1,34,5,53,2,0,'0000000000000000','2e368b24febccfd3');
INSERT INTO "file_ends" VALUES(1,35,5,53,2,0,'0000000000000000','e7fb9fb1a51fc1d2');
INSERT INTO "file_ends" VALUES(1,36,5,53,2,0,'0000000000000000','8ad64b61b8fbfd2e');
CREATE TABLE loads (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,
  -- The run that may write. Every write of the ledger asks for it first.
  run_id     TEXT    NOT NULL REFERENCES runs (run_id) DEFERRABLE INITIALLY DEFERRED,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "loads" VALUES(1,'many','ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',1795831679407,1795831679916);
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
INSERT INTO "plan_files" VALUES(1,0,'/tmp/tmpr34e19m5/000.csv',45,1795831672000175170,10002529,65024);
INSERT INTO "plan_files" VALUES(1,1,'/tmp/tmpr34e19m5/001.csv',49,1795831672000346714,10002545,65024);
INSERT INTO "plan_files" VALUES(1,2,'/tmp/tmpr34e19m5/002.csv',49,1795831672000542481,10003022,65024);
INSERT INTO "plan_files" VALUES(1,3,'/tmp/tmpr34e19m5/003.csv',49,1795831672000715017,10003023,65024);
INSERT INTO "plan_files" VALUES(1,4,'/tmp/tmpr34e19m5/004.csv',49,1795831672000857664,10003024,65024);
INSERT INTO "plan_files" VALUES(1,5,'/tmp/tmpr34e19m5/005.csv',49,1795831672000995488,10003025,65024);
INSERT INTO "plan_files" VALUES(1,6,'/tmp/tmpr34e19m5/006.csv',49,1795831672001133107,10003026,65024);
INSERT INTO "plan_files" VALUES(1,7,'/tmp/tmpr34e19m5/007.csv',49,1795831672001268317,10003027,65024);
INSERT INTO "plan_files" VALUES(1,8,'/tmp/tmpr34e19m5/008.csv',49,1795831672001408054,10003028,65024);
INSERT INTO "plan_files" VALUES(1,9,'/tmp/tmpr34e19m5/009.csv',49,1795831672001567595,10003029,65024);
INSERT INTO "plan_files" VALUES(1,10,'/tmp/tmpr34e19m5/010.csv',53,1795831672001707414,10003030,65024);
INSERT INTO "plan_files" VALUES(1,11,'/tmp/tmpr34e19m5/011.csv',53,1795831672001851161,10003031,65024);
INSERT INTO "plan_files" VALUES(1,12,'/tmp/tmpr34e19m5/012.csv',53,1795831672001987189,10003032,65024);
INSERT INTO "plan_files" VALUES(1,13,'/tmp/tmpr34e19m5/013.csv',53,1795831672002121741,10003033,65024);
INSERT INTO "plan_files" VALUES(1,14,'/tmp/tmpr34e19m5/014.csv',53,1795831672002254006,10003034,65024);
INSERT INTO "plan_files" VALUES(1,15,'/tmp/tmpr34e19m5/015.csv',53,1795831672002388806,10003035,65024);
INSERT INTO "plan_files" VALUES(1,16,'/tmp/tmpr34e19m5/016.csv',53,1795831672002524637,10003036,65024);
INSERT INTO "plan_files" VALUES(1,17,'/tmp/tmpr34e19m5/017.csv',53,1795831672002676062,10003037,65024);
INSERT INTO "plan_files" VALUES(1,18,'/tmp/tmpr34e19m5/018.csv',53,1795831672002809778,10003038,65024);
INSERT INTO "plan_files" VALUES(1,19,'/tmp/tmpr34e19m5/019.csv',53,1795831672002946505,10003039,65024);
INSERT INTO "plan_files" VALUES(1,20,'/tmp/tmpr34e19m5/020.csv',53,1795831672003085242,10003040,65024);
INSERT INTO "plan_files" VALUES(1,21,'/tmp/tmpr34e19m5/021.csv',53,1795831672003222799,10003041,65024);
INSERT INTO "plan_files" VALUES(1,22,'/tmp/tmpr34e19m5/022.csv',53,1795831672003360039,10003042,65024);
INSERT INTO "plan_files" VALUES(1,23,'/tmp/tmpr34e19m5/023.csv',53,1795831672003493397,10003043,65024);
INSERT INTO "plan_files" VALUES(1,24,'/tmp/tmpr34e19m5/024.csv',53,1795831672003692291,10003044,65024);
INSERT INTO "plan_files" VALUES(1,25,'/tmp/tmpr34e19m5/025.csv',53,1795831672003830194,10003045,65024);
INSERT INTO "plan_files" VALUES(1,26,'/tmp/tmpr34e19m5/026.csv',53,1795831672003965891,10003046,65024);
INSERT INTO "plan_files" VALUES(1,27,'/tmp/tmpr34e19m5/027.csv',53,1795831672004113730,10003047,65024);
INSERT INTO "plan_files" VALUES(1,28,'/tmp/tmpr34e19m5/028.csv',53,1795831672136489589,10002565,65024);
INSERT INTO "plan_files" VALUES(1,29,'/tmp/tmpr34e19m5/029.csv',53,1795831672156917151,10003048,65024);
INSERT INTO "plan_files" VALUES(1,30,'/tmp/tmpr34e19m5/030.csv',53,1795831672157271621,10003049,65024);
INSERT INTO "plan_files" VALUES(1,31,'/tmp/tmpr34e19m5/031.csv',53,1795831672231468298,10003050,65024);
INSERT INTO "plan_files" VALUES(1,32,'/tmp/tmpr34e19m5/032.csv',53,1795831672231800787,10003051,65024);
INSERT INTO "plan_files" VALUES(1,33,'/tmp/tmpr34e19m5/033.csv',53,1795831672231957106,10003052,65024);
INSERT INTO "plan_files" VALUES(1,34,'/tmp/tmpr34e19m5/034.csv',53,1795831672232100438,10003053,65024);
INSERT INTO "plan_files" VALUES(1,35,'/tmp/tmpr34e19m5/035.csv',53,1795831672232239206,10003054,65024);
INSERT INTO "plan_files" VALUES(1,36,'/tmp/tmpr34e19m5/036.csv',53,1795831672232466218,10003055,65024);
INSERT INTO "plan_files" VALUES(1,37,'/tmp/tmpr34e19m5/037.csv',53,1795831672232619880,10003056,65024);
INSERT INTO "plan_files" VALUES(1,38,'/tmp/tmpr34e19m5/038.csv',53,1795831672232775618,10003057,65024);
INSERT INTO "plan_files" VALUES(1,39,'/tmp/tmpr34e19m5/039.csv',53,1795831672232913323,10003058,65024);
INSERT INTO "plan_files" VALUES(1,40,'/tmp/tmpr34e19m5/040.csv',53,1795831672233047340,10003059,65024);
INSERT INTO "plan_files" VALUES(1,41,'/tmp/tmpr34e19m5/041.csv',53,1795831672233183215,10003060,65024);
INSERT INTO "plan_files" VALUES(1,42,'/tmp/tmpr34e19m5/042.csv',53,1795831672233318925,10003061,65024);
INSERT INTO "plan_files" VALUES(1,43,'/tmp/tmpr34e19m5/043.csv',53,1795831672233454445,10003062,65024);
INSERT INTO "plan_files" VALUES(1,44,'/tmp/tmpr34e19m5/044.csv',53,1795831672344404781,10003063,65024);
INSERT INTO "plan_files" VALUES(1,45,'/tmp/tmpr34e19m5/045.csv',53,1795831672344865338,10003064,65024);
INSERT INTO "plan_files" VALUES(1,46,'/tmp/tmpr34e19m5/046.csv',53,1795831672345077240,10003065,65024);
INSERT INTO "plan_files" VALUES(1,47,'/tmp/tmpr34e19m5/047.csv',53,1795831672345231476,10003066,65024);
INSERT INTO "plan_files" VALUES(1,48,'/tmp/tmpr34e19m5/048.csv',53,1795831672345382589,10003067,65024);
INSERT INTO "plan_files" VALUES(1,49,'/tmp/tmpr34e19m5/049.csv',53,1795831672345520912,10003068,65024);
INSERT INTO "plan_files" VALUES(1,50,'/tmp/tmpr34e19m5/050.csv',53,1795831672345692017,10003069,65024);
INSERT INTO "plan_files" VALUES(1,51,'/tmp/tmpr34e19m5/051.csv',53,1795831672345834124,10003070,65024);
INSERT INTO "plan_files" VALUES(1,52,'/tmp/tmpr34e19m5/052.csv',53,1795831672345972440,10003071,65024);
INSERT INTO "plan_files" VALUES(1,53,'/tmp/tmpr34e19m5/053.csv',53,1795831672346125724,10003072,65024);
INSERT INTO "plan_files" VALUES(1,54,'/tmp/tmpr34e19m5/054.csv',53,1795831672346281222,10003073,65024);
INSERT INTO "plan_files" VALUES(1,55,'/tmp/tmpr34e19m5/055.csv',53,1795831672346427235,10003074,65024);
INSERT INTO "plan_files" VALUES(1,56,'/tmp/tmpr34e19m5/056.csv',53,1795831672436222236,10003075,65024);
INSERT INTO "plan_files" VALUES(1,57,'/tmp/tmpr34e19m5/057.csv',53,1795831672436812523,10003076,65024);
INSERT INTO "plan_files" VALUES(1,58,'/tmp/tmpr34e19m5/058.csv',53,1795831672436977654,10003077,65024);
INSERT INTO "plan_files" VALUES(1,59,'/tmp/tmpr34e19m5/059.csv',53,1795831672437121794,10003078,65024);
INSERT INTO "plan_files" VALUES(1,60,'/tmp/tmpr34e19m5/060.csv',53,1795831672437263275,10003079,65024);
INSERT INTO "plan_files" VALUES(1,61,'/tmp/tmpr34e19m5/061.csv',53,1795831672437400492,10003080,65024);
INSERT INTO "plan_files" VALUES(1,62,'/tmp/tmpr34e19m5/062.csv',53,1795831672437538055,10003081,65024);
INSERT INTO "plan_files" VALUES(1,63,'/tmp/tmpr34e19m5/063.csv',53,1795831672437706553,10003082,65024);
INSERT INTO "plan_files" VALUES(1,64,'/tmp/tmpr34e19m5/064.csv',53,1795831672437845180,10003083,65024);
INSERT INTO "plan_files" VALUES(1,65,'/tmp/tmpr34e19m5/065.csv',53,1795831672437982601,10003084,65024);
INSERT INTO "plan_files" VALUES(1,66,'/tmp/tmpr34e19m5/066.csv',53,1795831672438119472,10003085,65024);
INSERT INTO "plan_files" VALUES(1,67,'/tmp/tmpr34e19m5/067.csv',53,1795831672438256567,10003086,65024);
INSERT INTO "plan_files" VALUES(1,68,'/tmp/tmpr34e19m5/068.csv',53,1795831672438394135,10003087,65024);
INSERT INTO "plan_files" VALUES(1,69,'/tmp/tmpr34e19m5/069.csv',53,1795831672438530837,10003088,65024);
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
INSERT INTO "plan_options" VALUES(1,3,'messages','{"key":{"columns":["user"]}}');
CREATE TABLE plans (
  id              INTEGER PRIMARY KEY,
  load            INTEGER NOT NULL REFERENCES loads (id),
  load_id         TEXT    NOT NULL,
  topic           TEXT    NOT NULL,
  topic_id        TEXT    NOT NULL,  -- empty: the broker gives none
  cluster_id      TEXT    NOT NULL,
  partition_count INTEGER NOT NULL CHECK (partition_count >= 0)
) STRICT;
INSERT INTO "plans" VALUES(1,1,'eaa61ef8-f369-4413-b349-298d3b76bf84','first-many-8a926c','nKtTVOLmQ7S8HWZzp+UKdQ','mQgb3mkVIwOnBLlhIpjO1g',5);
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
INSERT INTO "runs" VALUES(1,'ebdfebf7-84c2-4da3-b71d-4bbca4fe50d2',1,'pid 20084 on vm since 2026-11-28T02:07:53Z','0.1.0',1795831679407,0,0,NULL,NULL,'');
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
