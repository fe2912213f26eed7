"""Carries out plans: their EXECUTION_TASKs as tasks of a run, their documents as targets."""
