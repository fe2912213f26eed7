"""What the gardener chose."""

HOT = 28.0
