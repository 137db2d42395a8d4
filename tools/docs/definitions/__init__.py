"""docs/definitions.md: what every number on the board means, as a catalogue whose examples are computed."""
