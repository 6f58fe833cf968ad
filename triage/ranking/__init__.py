"""From counts to incidents: scores of records and windows, and the one ranking."""
