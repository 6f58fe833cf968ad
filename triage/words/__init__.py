"""Numbers into words: reasons, what is usual, what stood before and after."""
