"""The player models: who plays, for how long, and what he does."""
