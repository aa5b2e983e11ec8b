"""The companion, to see and hear: a talk with a synthetic human, and a question of another agent in its middle."""
