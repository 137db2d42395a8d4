"""What is measured: a row for each KPI, with its formula, its words, and where it stands."""
