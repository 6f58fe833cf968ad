"""Users, hosts and addresses under other names, the same ones for the same key, which the key gives back."""
