"""What people read, held to what it is made from."""
