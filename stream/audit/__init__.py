"""The audit: every figure of the board recomputed from the raw log in SQL, which shares no code with it."""
