"""Benchmarks: figures and ratios of one run, on servers of their own. `make bench` prints them as JSON."""
