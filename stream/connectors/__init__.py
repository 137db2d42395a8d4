"""Sources as they speak for themselves, a folder for each: from the bytes of a vendor to canonical events.

`decode.py` is pure and gives a `Decoder`, named in `catalogue`. What reads a source live stands beside it:
`client.py`, `settings.py`, and `samples/` of what the source really said. Connectors know nothing of each
other.
"""
