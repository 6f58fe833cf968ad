"""What pages show: frozen values made of what the room holds; a template adds only how it looks."""
