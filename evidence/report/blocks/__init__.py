"""What a report looks like before it is HTML or PDF: blocks in reading order, every sentence in its language."""
