"""Settings that every test shares: one CPU thread for each worker, JAX on the CPU, Hypothesis without chance."""

import os

from hypothesis import settings

# Read by the frameworks when they are imported. Two workers on two cores, each with a thread pool, wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

settings.register_profile("actzoo", derandomize=True, deadline=None, database=None)
settings.load_profile("actzoo")
