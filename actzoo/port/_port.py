"""Ports files into a folder: sources, the helpers they need, weights. Tells what it did; judges nothing."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from libcst import ParserSyntaxError

from actzoo.weights._bits import Bits
from actzoo.weights.files import KINDS, carry, read_weights, snake, write_pt, write_safetensors

from ._document import Document, open_document
from ._facts import Span
from ._fitting import without_prefix
from ._folder import check_names, into, not_twice, plain_file
from ._kinds import Kind
from ._marks import Mark
from ._models import port_models
from ._observe import Observing, observed
from ._proof import Proof
from ._rows import Rule
from ._source import Ported, port_source
from ._spelling import MODELS, TWINS
from ._tell import Tell, silent
from ._twins import HEAD
from ._twins import source as twins_source
from ._zoo import with_zoo
from .rules import rules


@final
@dataclass(frozen=True)
class PortedFile:
    """A source that was ported, where it lies, and what there is to say of it."""

    source: Path
    target: Path
    changed: bool
    marks: tuple[Mark, ...]
    seconds: float


@final
@dataclass(frozen=True)
class PortedWeights:
    """A file of weights that was carried over."""

    source: Path
    target: Path
    arrays: int
    numbers: int
    repeated: tuple[str, ...]
    unknown: tuple[str, ...]
    misfits: tuple[str, ...]
    prefix: str = ""


@final
@dataclass(frozen=True)
class Result:
    """Everything that was ported, and the proof, if it was asked for."""

    files: tuple[PortedFile, ...]
    weights: tuple[PortedWeights, ...] = ()
    twins: tuple[str, ...] = ()
    proof: Proof | None = None

    @property
    def hands(self) -> list[Mark]:
        """The places that need one."""
        return [mark for file in self.files for mark in file.marks if mark.kind == "hand"]

    @property
    def complete(self) -> bool:
        """Whether everything was mapped, and verified where that was asked for."""
        sure = all(not (w.unknown or w.misfits) for w in self.weights)
        return not self.hands and sure and (self.proof is None or self.proof.held)

    def with_weights(self, weights: tuple[PortedWeights, ...]) -> Result:
        return replace(self, weights=weights)

    def with_proof(self, proof: Proof) -> Result:
        return replace(self, proof=proof)


def port_files(
    paths: Sequence[Path],
    output: Path,
    version: int = 2,
    use_zoo: bool = False,
    observing: Observing | None = None,
    tell: Tell = silent,
    force: bool = False,
) -> Result:
    """Port sources of Paddle `version` into a folder, all or none. ValueError for what is no source.

    Files that lie there and are no port's are written over only with `force`.

    Nothing is run, except with `use_zoo` the definitions of the ported source, in a process of torch, and with
    `observing` a source itself, in one of Paddle, if reading it leaves something open.
    """
    check_names(paths)
    with into(output, paths, force) as stage:
        return files_into(stage, paths, output, version, use_zoo, observing, tell)


def port_all(
    paths: Sequence[Path],
    weights: Sequence[Path],
    output: Path,
    version: int = 2,
    use_zoo: bool = False,
    observing: Observing | None = None,
    pt: bool = False,
    prefix: str = "",
    tell: Tell = silent,
    force: bool = False,
    also: Callable[[Result, Path], None] = lambda result, stage: None,
) -> Result:
    """Port sources and weights into a folder, all of them or none; `also` may write more into the stage."""
    check_names(paths)
    for path in (*paths, *weights):
        plain_file(path)
    with into(output, [*paths, *weights], force) as stage:
        result = files_into(stage, paths, output, version, use_zoo, observing, tell)
        result = result.with_weights(weights_into(stage, weights, output, paths, pt, prefix, tell))
        also(result, stage)
    return result


def files_into(
    stage: Path,
    paths: Sequence[Path],
    output: Path,
    version: int,
    use_zoo: bool,
    observing: Observing | None,
    tell: Tell,
) -> Result:
    """Port sources into a stage of the folder that they are for."""
    files, sources = [], list[Ported]()
    for path in paths:
        started = time.perf_counter()
        document = open_document(plain_file(path))
        table = rules(version, use_zoo)
        ported = _ported(document, table, None, tell)
        wrong = ""
        if observing and ported.unsure:
            tell(0, 0, f"{path.name} runs")
            seen, wrong = observed(document, ported.unsure, observing)
            ported = _ported(document, table, seen, tell)
        target = output / path.name
        if target.exists() and target.samefile(path):
            raise ValueError(f"{path} would be written over itself; choose another folder with -o")
        text = document.written(ported.text)
        (stage / path.name).write_bytes(text.encode(document.encoding))
        sources.append(ported)
        marks = tuple(_marks(document, ported))
        if wrong:
            marks += (Mark("note", path.name, None, 1, "", f"it was observed, and did not run to its end: {wrong}"),)
        files.append(PortedFile(path, target, text != document.raw, marks, time.perf_counter() - started))
    models = port_models(sorted(frozenset[str]().union(*(each.models for each in sources))))
    for name, model in models.items():
        (stage / MODELS).mkdir(exist_ok=True)
        (stage / MODELS / "__init__.py").write_text('"""Models of Paddle, ported."""\n', encoding="utf-8")
        (stage / MODELS / f"{name}.py").write_text(model.text, encoding="utf-8")
    twins = _write_twins([*sources, *models.values()], stage, output)
    if use_zoo:
        tell(0, 0, "looking for classes of the zoo")
        files = [_from_the_zoo(file, stage) if file.changed else file for file in files]
    return Result(tuple(files), twins=twins)


def _ported(document: Document, table: Mapping[str, Rule], seen: Mapping[Span, Kind] | None, tell: Tell) -> Ported:
    """The port of a document. ValueError that names the file, where it cannot be read."""
    try:
        return port_source(document.text, table, seen, _named(document.path, tell))
    except SyntaxError as error:
        raise ValueError(f"{document.path} is no Python: {error.msg}, line {error.lineno}") from None
    except ParserSyntaxError as error:
        raise ValueError(f"{document.path} cannot be read, line {error.raw_line}: {error.message}") from None
    except (RecursionError, MemoryError):
        raise ValueError(f"{document.path} is nested too deeply") from None


def _named(path: Path, tell: Tell) -> Callable[[int, int], None]:
    return lambda done, of: tell(done, of, path.name)


def _from_the_zoo(file: PortedFile, stage: Path) -> PortedFile:
    """With the zoo's activations in place of hand-written ones."""
    target = stage / file.target.name
    document = open_document(target)
    found = with_zoo(document.text, [stage, file.target.parent, file.source.parent])
    target.write_bytes(document.written(found.text).encode(document.encoding))
    return replace(
        file, marks=(*file.marks, *(Mark("note", file.source.name, None, 1, "", words) for words in found.told))
    )


def _write_twins(sources: Sequence[Ported], stage: Path, output: Path) -> tuple[str, ...]:
    """Write the helpers of all sources; those that lie in the folder stay."""
    wanted = frozenset[str]().union(*(each.twins for each in sources))
    adapters = {name: rule for each in sources for name, rule in each.adapters.items()}
    if wanted:
        path = output / f"{TWINS}.py"
        lies_there = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        before = lies_there if lies_there.startswith(HEAD) else ""
        (stage / path.name).write_text(twins_source(wanted, adapters, before), encoding="utf-8")
    return tuple(sorted(wanted))


def _marks(document: Document, ported: Ported) -> list[Mark]:
    lines = document.text.split("\n")
    found = []
    for line, _, error in ported.marks:
        cell, at = document.place(line)
        found.append(
            Mark("hand", document.path.name, cell, at, lines[line - 1].strip(), error.reason, error.suggestion)
        )
    for path in ported.dropped:
        line = next((i for i, text in enumerate(lines, 1) if "import" in text and path.rpartition(".")[2] in text), 1)
        cell, at = document.place(line)
        found.append(
            Mark(
                "note",
                document.path.name,
                cell,
                at,
                lines[line - 1].strip(),
                f"{path} is imported, and not needed in torch",
            )
        )
    for number, why in document.broken.items():
        if why:
            found.append(
                Mark("hand", document.path.name, number + 1, 1, "", f"the cell is no Python: {why}", "port it by hand")
            )
    return found


def port_weights(
    paths: Sequence[Path],
    output: Path,
    sources: Sequence[Path] = (),
    pt: bool = False,
    tell: Tell = silent,
    prefix: str = "",
    force: bool = False,
) -> tuple[PortedWeights, ...]:
    """Carry files of weights into a folder. `WeightsFileError` for a file that cannot be read."""
    with into(output, paths, force) as stage:
        return weights_into(stage, paths, output, sources, pt, prefix, tell)


def weights_into(
    stage: Path, paths: Sequence[Path], output: Path, sources: Sequence[Path], pt: bool, prefix: str, tell: Tell
) -> tuple[PortedWeights, ...]:
    """Carry files of weights into a stage of the folder that they are for."""
    kinds = {**KINDS, **own_kinds(sources)}
    done = []
    for number, path in enumerate(paths):
        tell(number, len(paths), path.name)
        contents = without_prefix(read_weights(plain_file(path)), prefix, path.name)
        carried = carry(contents, "torch", kinds)
        stem = path.name if path.suffix == ".pdopt" else path.stem  # beside weights of the same name
        target = not_twice(stage / (stem + (".pt" if pt else ".safetensors")))
        arrays = _in_order(carried.arrays) if path.suffix == ".pdopt" else carried.arrays
        left: tuple[str, ...] = ()
        if pt:
            write_pt(arrays, target, contents.rest)
        else:
            write_safetensors(arrays, target)
            left = tuple(f"{key}: it is no array, which --pt keeps" for key in contents.rest)
        numbers = sum(bits.array.size for bits in contents.arrays.values())
        done.append(
            PortedWeights(
                path,
                output / target.name,
                len(contents.arrays),
                numbers,
                carried.repeated,
                carried.unknown,
                (*carried.misfits, *left),
                prefix,
            )
        )
    return tuple(done)


def _in_order(arrays: Mapping[str, Bits]) -> dict[str, Bits]:
    """An optimiser's arrays with their place in front: parameters are told by their order, which a file may lose."""
    return {f"{place}/{key}": bits for place, (key, bits) in enumerate(arrays.items())}


def own_kinds(sources: Sequence[Path]) -> dict[str, str]:
    """Classes of the sources that inherit from a layer with weights: these are named after the class in a file."""
    found: dict[str, str] = {}
    for path in sources:
        tree = ast.parse(open_document(path).text)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    name = ast.unparse(base).rpartition(".")[2]
                    if snake(name) in KINDS:
                        found[snake(node.name)] = KINDS[snake(name)]
    return found
