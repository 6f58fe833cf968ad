"""Forges replaced faces without a single fake: self-blends, exchanges between people, and what delivery does to them.

Nothing in here runs when an exhibit is assayed.
"""
