"""One row for each KPI: its formula, its texts, and the metrics that expose it."""
