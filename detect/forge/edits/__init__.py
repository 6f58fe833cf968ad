"""Forges edits whose every pixel is known: outlines, donors' pasts, kinds of edits, and the deliveries after them.

Nothing in here runs when an exhibit is assayed.
"""
