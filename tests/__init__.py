"""The tests; CONTRIBUTING.md says how to write one."""
