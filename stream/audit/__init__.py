"""The audit: recomputes every figure of the board from the raw log in SQL.

It shares with the board the grammar of records (docs/adr/0026) and their order (docs/adr/0027), and nothing
else.
"""
