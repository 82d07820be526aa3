"""Tasks for tests of the worker: what they did is seen in a file, whatever happened to the database."""

import time
from pathlib import Path

from backoffice.lib.alive import sign_of_life


def note(path: str, text: str, seconds: float = 0.0) -> None:
    """Append "text begun" now and "text done" after some seconds."""
    with Path(path).open("a") as file:
        file.write(f"{text} begun\n")
        file.flush()
        time.sleep(seconds)
        file.write(f"{text} done\n")


def note_in_pieces(path: str, text: str, seconds: float) -> None:
    """The same, giving a sign of life ten times a second."""
    with Path(path).open("a") as file:
        file.write(f"{text} begun\n")
        file.flush()
        for _piece in range(int(seconds * 10)):
            time.sleep(0.1)
            sign_of_life()
        file.write(f"{text} done\n")
