"""Steps from one form of the tables to the next; none is changed once it has been released."""
