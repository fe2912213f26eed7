"""What is not about tools."""
