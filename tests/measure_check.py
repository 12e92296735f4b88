"""Measures what `actzoo_parity.check` says of right ports and of wrong ones, over many seeds.

    python tests/measure_check.py --seeds 100

prints the tables of docs/checking-your-own.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.simplefilter("ignore")

from models.ported import DEFECTS, PORTED  # noqa: E402

from actzoo_parity import ParityError, Report, check  # noqa: E402
from actzoo_parity._report import EXACT  # noqa: E402


def report_of(ported: str, seed: int, wrong: dict[str, dict[str, object]], told: dict[str, object]) -> Report:
    """The report on a port, whether it holds or not."""
    case = PORTED[ported]
    try:
        return check(*case.sides(seed, **wrong), inputs=case.inputs(seed), seed=seed, **{**case.told, **told})
    except ParityError as error:
        return error.report


def worst(report: Report, exact: bool) -> float:
    """The worst error over its bound in the judged dtype, or in float64."""
    outputs = [(n, c) for v in report.verdicts for n, c in v.outputs.items()]
    return max((c.ratio for n, c in outputs if n.endswith(EXACT) == exact), default=0.0)


def measure(name: str, seeds: Sequence[int]) -> dict[str, object]:
    """A case, or a defect, over the seeds."""
    if name in PORTED:
        reports = [report_of(name, seed, {}, {}) for seed in seeds]
    else:
        defect = DEFECTS[name]
        wrong = {framework: dict(given) for framework, given in defect.wrong.items()}
        reports = [report_of(defect.ported, seed, wrong, dict(defect.told)) for seed in seeds]
    found = [[worst(r, exact) for r in reports] for exact in (False, True)]
    return {
        "name": name,
        "seeds": len(seeds),
        "alarms": sum(not r.passed for r in reports),
        "judged": (min(found[0]), max(found[0])),
        "float64": (min(found[1]), max(found[1])),
        "seconds": sum(r.seconds for r in reports) / len(reports),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="ports and defects; all by default")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--defect-seeds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="append each row to this file")
    given = parser.parse_args()
    for name in given.names or [*PORTED, *DEFECTS]:
        row = measure(name, range(given.seeds if name in PORTED else given.defect_seeds))
        if given.json:
            with given.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        spans = " | ".join(f"{low:.3g} to {high:.3g}" for low, high in (row["judged"], row["float64"]))  # type: ignore[attr-defined]
        print(f"| {name} | {row['alarms']} of {row['seeds']} | {spans} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
