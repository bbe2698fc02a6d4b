"""Benchmarks. ``python -m bench`` runs all of them and writes bench/RESULTS.md; a name runs one."""
