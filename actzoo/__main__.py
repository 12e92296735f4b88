"""`python -m actzoo`."""

from actzoo._main import main

main()
