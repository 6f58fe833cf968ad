"""Evidence as the service holds it: exhibits in cases, and their way in and out."""
