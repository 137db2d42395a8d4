"""`pantau demo`."""


def demo() -> None:
    """Run everything on this machine: broker, store, worker, exporter and a simulated centre."""
