"""From records to counts: keys, questions, blocks on disk, sums."""
