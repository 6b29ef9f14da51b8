"""Storage: files, locks and the warehouse's file."""
