"""The simulated disk against the file system of this machine: the same operations, one by one."""
