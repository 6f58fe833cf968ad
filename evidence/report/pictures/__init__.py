"""Pictures of a report: maps and views of an exhibit, plots of an artifact; each with its numbers beside it."""
