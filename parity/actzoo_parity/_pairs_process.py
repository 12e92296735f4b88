"""A file of pairs in a process of its own: its frameworks meet each other there, and nobody else.

`python -m actzoo_parity._pairs_process FILE` writes the records as JSON. What the file prints goes where errors go.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._pairs import PairsError, pairs_of, run_pair
from ._pool import WORDS, ending
from ._record import Record, from_data, to_data


def pair_records(file: str, timeout: float) -> Sequence[Record]:
    """The records of a file's pairs. `PairsError` if the file cannot be read; a crash is a record."""
    # -P: a random.py in the current folder is not Python's
    command = [sys.executable, "-P", "-m", f"{__package__}._pairs_process", file]

    def lost(how: str, words: str) -> list[Record]:
        message = f"the process of {file} {how}\n" + "\n".join(words.splitlines()[-WORDS:])
        origin = {"pairs": str(Path(file).resolve())}
        return [Record(Path(file).stem, "pairs", "cpu", "", "", "", "error", message=message, origin=origin)]

    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return lost(f"gave no answer for {timeout:g} seconds", "")
    if done.returncode or not done.stdout:
        return lost(ending(done.returncode), done.stderr)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise PairsError(answer["error"])
    return [from_data(data) for data in answer["records"]]


def main() -> None:
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        try:
            records = [record for pair in pairs_of(sys.argv[1]) for record in run_pair(pair)]
            answer: dict[str, Any] = {"records": [to_data(record) for record in records]}
        except PairsError as error:
            answer = {"error": str(error)}
        json.dump(answer, answers)


if __name__ == "__main__":
    main()
