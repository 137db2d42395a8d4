"""The HTTP server of the exporter: /metrics, the JSON board, health, and the wallboard."""
