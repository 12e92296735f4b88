"""Hand-written references for the activation zoo, a judge with bounds derived from them, and a check of any module.

Knows no framework: arrays come in, verdicts go out. A name is imported when it is asked for, so that
the pytest plugin costs a run without checks nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._check import check as check
    from ._evaluate import Bounded as Bounded
    from ._evaluate import Expected as Expected
    from ._evaluate import evaluate as evaluate
    from ._judge import Actual as Actual
    from ._judge import Comparison as Comparison
    from ._judge import Verdict as Verdict
    from ._judge import judge as judge
    from ._pairs import Pair as Pair
    from ._pairs import PairsError as PairsError
    from ._pairs import is_pairs_file as is_pairs_file
    from ._pairs import pair as pair
    from ._pairs import pairs_of as pairs_of
    from ._pairs import run_pair as run_pair
    from ._photographs import feature_maps as feature_maps
    from ._photographs import feature_sequences as feature_sequences
    from ._photographs import feature_volumes as feature_volumes
    from ._photographs import photographs as photographs
    from ._photographs import random_maps as random_maps
    from ._registry import find_reference as find_reference
    from ._registry import reference as reference
    from ._registry import references as references
    from ._report import ParityError as ParityError
    from ._report import Report as Report
    from ._reproduce import Reproduced as Reproduced
    from ._reproduce import reproduce as reproduce
    from ._sides import SideError as SideError

_PLACES = {
    "_check": ("check",),
    "_evaluate": ("Bounded", "Expected", "evaluate"),
    "_judge": ("Actual", "Comparison", "Verdict", "judge"),
    "_pairs": ("Pair", "PairsError", "is_pairs_file", "pair", "pairs_of", "run_pair"),
    "_photographs": ("feature_maps", "feature_sequences", "feature_volumes", "photographs", "random_maps"),
    "_registry": ("find_reference", "reference", "references"),
    "_report": ("ParityError", "Report"),
    "_reproduce": ("Reproduced", "reproduce"),
    "_sides": ("SideError",),
}
_PLACE_OF = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACE_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACE_OF})
