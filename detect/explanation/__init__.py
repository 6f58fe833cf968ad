"""Where a score comes from: patches laid on the picture, how far they may be believed, and a drawing of both."""
