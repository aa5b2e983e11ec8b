"""Parts of the tests that stand in for providers, and what they know of the clips."""
