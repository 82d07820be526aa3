"""Tasks for tests of the worker: what they did is seen in a file, whatever happened to the database."""

import time
from pathlib import Path


def note(path: str, text: str, seconds: float = 0.0) -> None:
    """Append "text begun" now and "text done" after some seconds."""
    with Path(path).open("a") as file:
        file.write(f"{text} begun\n")
        file.flush()
        time.sleep(seconds)
        file.write(f"{text} done\n")
