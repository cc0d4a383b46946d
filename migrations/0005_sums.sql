-- Loads that write into one topic at the same time: a sum over a partition's record digests, in
-- hexadecimal, which does not ask for their order. NULL: not known, or no rows.
ALTER TABLE chunk_partitions ADD COLUMN sum TEXT;
