"""What comes in: exhibits, their hashes, the limits, and the bounded child that opens hostile bytes."""
