"""How much is taken of what comes from outside, and for how long it is waited for."""
