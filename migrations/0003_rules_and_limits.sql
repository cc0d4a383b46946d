-- By which rules a load's rows become messages, what its digests cover, and what its rows had to
-- fit when it was begun. Rows of version 0.1.0 are by the first rules, and know no limits.
ALTER TABLE plans ADD COLUMN rules INTEGER NOT NULL DEFAULT 1 CHECK (rules >= 1);
ALTER TABLE plans ADD COLUMN begun_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN times INTEGER NOT NULL DEFAULT 0 CHECK (times IN (0, 1));
ALTER TABLE plans ADD COLUMN record_bytes_max INTEGER NOT NULL DEFAULT 0;      -- 0: not known
ALTER TABLE plans ADD COLUMN message_bytes_max INTEGER NOT NULL DEFAULT 0;     -- likewise
ALTER TABLE plans ADD COLUMN dead_letter_bytes_max INTEGER NOT NULL DEFAULT 0; -- likewise

-- Paths are a file system's bytes, whatever they are: TEXT, which need not be UTF-8.
ALTER TABLE plan_files ADD COLUMN name TEXT NOT NULL DEFAULT '';    -- what its messages call it
ALTER TABLE plan_files ADD COLUMN coding TEXT NOT NULL DEFAULT '';  -- 'gzip', 'utf-16le', ...
ALTER TABLE plan_files ADD COLUMN head TEXT                         -- digest of its first 64 KiB
  CHECK (length(head) = 16 AND head NOT GLOB '*[^0-9a-f]*');
-- Of a further piece of a file that has grown: the piece before it, and where it begins. NULL: it
-- is no piece.
ALTER TABLE plan_files ADD COLUMN begin_file INTEGER;
ALTER TABLE plan_files ADD COLUMN begin_byte INTEGER;
ALTER TABLE plan_files ADD COLUMN begin_row INTEGER;
ALTER TABLE plan_files ADD COLUMN begin_empty_lines INTEGER;
ALTER TABLE plan_files ADD COLUMN begin_blocks TEXT;
ALTER TABLE plan_files ADD COLUMN begin_tail TEXT;

-- Lines that the rejected rows span, bytes of a packed file up to the chunk's end, and the loaded
-- cell that spans the most lines. -1: as many lines as rows.
ALTER TABLE chunks ADD COLUMN rejected_lines INTEGER NOT NULL DEFAULT -1;
ALTER TABLE chunks ADD COLUMN packed_done INTEGER NOT NULL DEFAULT 0 CHECK (packed_done >= 0);
ALTER TABLE chunks ADD COLUMN long_cell_lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN long_cell_file INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN long_cell_row INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN long_cell_column TEXT NOT NULL DEFAULT '';

-- Of a rejected row, as of the text between begin_byte and end_byte.
ALTER TABLE rejected_rows ADD COLUMN lines INTEGER NOT NULL DEFAULT 1 CHECK (lines >= 1);
