"""Evidence that Assay makes itself, of which it knows what every file really is."""
