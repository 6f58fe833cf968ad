"""Pictures that are the same to the eye: hashes of what is shown, twins within a batch, lists of known pictures."""
