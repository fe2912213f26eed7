"""A tool shed that a street shares: what stands in it, and who has what for how long."""
