"""The exporter's HTTP face: /metrics, the JSON board, health, and the wallboard."""
