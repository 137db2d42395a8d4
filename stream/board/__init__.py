"""The board: all KPIs at one instant, built from changed cells only."""
