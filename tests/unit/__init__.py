"""One room, one object, one function at a time: fast, no search."""
