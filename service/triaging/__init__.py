"""Triage over HTTP: logs in, incidents out, at once or as jobs; what analysts say of them; baselines."""
