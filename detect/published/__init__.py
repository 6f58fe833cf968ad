"""Detectors that others published: read without running anything of them, and run like every other artifact."""
