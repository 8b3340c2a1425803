"""Speed and memory, measured against the peers: `make bench` runs every `bench_*.py` here."""
