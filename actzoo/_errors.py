"""How a command ends when it cannot go on: one line on standard error, and exit status 2. Knows no command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

errors = Console(stderr=True)

_CLICK: type[Exception] = typer.BadParameter.__mro__[2]
"""Click's base of wrong calls, of whichever copy typer has (0.29 carries its own)."""


def complain(error: Exception | str) -> None:
    """A line that says what is wrong; brackets in it, as of 'actzoo[torch]', are no markup."""
    errors.print(f"[red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)


def fail(error: Exception | str) -> typer.Exit:
    """A wrong call: the message, and exit status 2."""
    complain(error)
    return typer.Exit(2)


@contextmanager
def one_line() -> Iterator[None]:
    """Ends the process with a line for a wrong call or a file that fails, and quietly for a closed pipe."""
    try:
        yield
    except _CLICK as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
        else:
            fail(" ".join(error.format_message().split()))  # type: ignore[attr-defined]
        sys.exit(error.exit_code)  # type: ignore[attr-defined]
    except (typer.Abort, KeyboardInterrupt):
        fail("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes what is left as it ends
        sys.exit(0)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        fail(f"{named}{error.strerror or error}")
        sys.exit(2)
