"""From what the tool answers to what a report holds: verdicts, incidents, sources, artifacts, files."""
