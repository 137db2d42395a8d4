"""The canonical events, CloudEvents in JSON: what a record may say, and what of it is refused. Pure."""
