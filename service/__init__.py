"""The two jobs over HTTP: one upload in, one answer out."""
