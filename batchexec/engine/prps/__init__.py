"""Carries PRP batches out: what is completed, what is selected, how it is judged, committed and told."""
