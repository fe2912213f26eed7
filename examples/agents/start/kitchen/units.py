"""Weights and volumes."""

GRAMS_PER_OUNCE = 28.35
ML_PER_CUP = 240
ML_PER_SPOON = 15


def ounces(grams: float) -> float:
    return grams / GRAMS_PER_OUNCE
