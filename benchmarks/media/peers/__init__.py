"""The detectors that are measured beside the artifact, each trained or run as it would be by those who use it."""
