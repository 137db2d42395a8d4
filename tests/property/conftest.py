"""Every property test prints how to repeat a failure, and none is timed."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "pantau", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("pantau")
