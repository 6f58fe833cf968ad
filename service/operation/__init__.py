"""Running the service: what it logs and counts, what it forgets, what it sends out, how it is backed up."""
