"""Development: the embedded stack, the simulated centre, and faults to inject."""
