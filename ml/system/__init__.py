"""What the machine and the terminal ask for: faults, signals, safe text."""
