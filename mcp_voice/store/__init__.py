"""Where requests are kept, in memory or in Redis: who carries one out, how far it is, and what came of it."""
