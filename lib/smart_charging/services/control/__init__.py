"""Start and stop, whose charge it is, and why one ended."""
