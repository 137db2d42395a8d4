-- The log as it was read; kept from one recomputation to the next.

CREATE TABLE log.record (           -- the raw log
    topic VARCHAR, partition INTEGER, "offset" BIGINT,
    received_ms BIGINT,         -- the record's own timestamp; NULL where there is none
    key VARCHAR,
    value VARCHAR);             -- NULL where the record is no text in UTF-8, or too large
