"""Players: what each is worth, and how fast he plays."""
