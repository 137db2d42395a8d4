"""What is generated from the code: schemas, and the tables of metrics, settings and commands.

`python -m tools.docs` writes them into docs/, `--check` says which are stale. For developers: it needs the
`dev` dependencies.
"""
