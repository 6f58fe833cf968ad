"""Video: what a file holds, which of its frames are looked at, and their pixels; all read in the bounded child."""
