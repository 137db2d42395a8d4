"""Coverage-guided fuzzing: whatever the bytes, a record is accepted or refused with a reason."""
