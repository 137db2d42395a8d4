"""Where a partition's state lives between batches: Redis, and its twin in memory."""
