"""A greenhouse that looks after itself."""
