"""The probe. It runs in a worker like any task; the monitor's signal that it is done is the pulse."""


def beat() -> None:
    """Nothing: that it was run at all, and its result stored, is what the guard wants to know."""
