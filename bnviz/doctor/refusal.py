"""Why a model cannot be examined."""


class Refusal(ValueError):
    """What was given cannot be examined; the sentence says what was wanted, and what was given."""
