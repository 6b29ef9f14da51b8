"""What people and other programs read: tables, pages, delivery."""
