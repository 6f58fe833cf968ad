"""Analyses over HTTP: media in, verdicts and reports out, as jobs."""
