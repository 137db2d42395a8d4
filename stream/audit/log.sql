-- The log as the grammar reads it: what each record that it accepts says (docs/adr/0026), kept from one
-- recomputation to the next. `records.py` fills it; everything after it is computed from it.

CREATE TABLE log.decoded (
    topic VARCHAR, partition INTEGER,
    "offset" BIGINT,            -- below 0: not in the log, but in the changelog of what was open before it begins
    received_ms BIGINT,         -- the record's own timestamp; NULL where there is none
    source VARCHAR, id VARCHAR,
    subject VARCHAR,            -- the contact or agent
    type VARCHAR,               -- what it means: a snapshot is what it says of a queue, an agent or an end
    at_ms BIGINT,
    entity VARCHAR,             -- contact or agent
    rank INTEGER,               -- the number of its type
    number BIGINT, a VARCHAR, b VARCHAR, c VARCHAR, -- as docs/definitions.md reads the type; see `Fact`
    sequence VARCHAR,           -- its place among the events of its source, as text that sorts; '' if the event has none
    -- What a correction says instead; NULL of all else.
    other_at_ms BIGINT, other_rank INTEGER, other_type VARCHAR,
    other_number BIGINT, other_a VARCHAR, other_b VARCHAR, other_c VARCHAR, other_sequence VARCHAR);

-- Heartbeats that were put into the partition they name: the latest of each batch that was read.
CREATE TABLE log.beat (topic VARCHAR, partition INTEGER, "offset" BIGINT, at_ms BIGINT);
