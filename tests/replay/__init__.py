"""A recorded run comes back the same: other interpreters, other hash seeds, hostile files."""
