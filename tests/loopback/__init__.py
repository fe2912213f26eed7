"""A model on loopback: scripted answers, in the words of the vendors' protocols."""
