"""Development: the embedded stack and the simulated centre."""
