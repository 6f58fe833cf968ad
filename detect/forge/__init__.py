"""The forge: makes training data for the media detectors, deterministic by seed.

Nothing here runs when an exhibit is assayed except the launderings, which the stability test shares with training.
"""
