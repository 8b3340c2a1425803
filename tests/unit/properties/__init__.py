"""The bookkeeping of critical state, without a kernel."""
