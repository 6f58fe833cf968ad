"""What a record is: fields, times, signatures, and what is made of its texts."""
