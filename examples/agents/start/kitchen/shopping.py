"""What has to be bought."""


def missing(wanted: dict[str, int], there: dict[str, int]) -> dict[str, int]:
    """Say how many grams of what are to be bought."""
    left = {name: grams - there.get(name, 0) for name, grams in wanted.items()}
    return {name: grams for name, grams in left.items() if grams > 0}
