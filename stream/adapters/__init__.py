"""Decodes and validates records: canonical events, as CloudEvents in JSON. Pure."""
