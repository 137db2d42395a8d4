"""The board: all KPIs at one instant, built by a reader from changed cells only."""
