"""What a process of ours has to do with its machine: signals, files, locks, imports, addresses."""
