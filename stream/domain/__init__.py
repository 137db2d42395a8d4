"""The pure core: arithmetic on facts. No clock, no I/O, no async, no randomness, no logging."""
