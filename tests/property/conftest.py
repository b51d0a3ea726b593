"""How hard the property tests try: little in the default run, much with ``--hypothesis-profile=nightly``."""

from hypothesis import HealthCheck, settings

quiet = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
settings.register_profile("default", max_examples=25, **quiet)
settings.register_profile("nightly", max_examples=2000, **quiet)
settings.load_profile("default")
