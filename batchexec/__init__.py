"""batchexec: make for prompts."""
