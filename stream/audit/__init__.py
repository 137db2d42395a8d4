"""The audit: every figure of the board recomputed from the raw log in SQL.

It shares with the board how a record is read (docs/adr/0026) and ordered (docs/adr/0027), and nothing else.
"""
