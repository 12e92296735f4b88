"""How verdicts are shown: the page, the terminal, the code that shows one again."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from records import FACTS, FRAMEWORKS, OUTPUTS, curve, elementwise, failed, module, troubled, whole_run
from rich.console import Console

from actzoo_parity import Comparison
from actzoo_parity._record import Record, from_data, to_data
from actzoo_parity._run_facts import Run
from actzoo_parity.report import html
from actzoo_parity.report._curves import Axis, plots, thinned
from actzoo_parity.report._words import decimal, hexadecimal, printable, times
from actzoo_parity.report.html import write_report
from actzoo_parity.report.snippet import snippet
from actzoo_parity.report.terminal import describe, print_table

HOSTILE = "</script><script>document.title='run'</script><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}\x1b[31m\u202e"


# numbers


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        pytest.param(-88.72283935546875, "float32", "-88.72284", id="float32"),
        pytest.param(0.1, "float64", "0.1", id="float64"),
        pytest.param(1e-45, "float32", "1e-45", id="between-two-subnormals"),
        pytest.param(2.0**-133, "bfloat16", "9.18355e-41", id="subnormal-bfloat16"),
        pytest.param(1 / 3, "float16", "0.333333", id="between-two-halves"),
        pytest.param(-0.0, "float32", "-0.0", id="negative-zero"),
        pytest.param(math.inf, "float16", "inf", id="infinity"),
        pytest.param(1.5, "int7", "1.5", id="unknown"),
    ],
)
def test_a_number_in_decimal(value: float, dtype: str, text: str) -> None:
    assert decimal(value, dtype) == text


@pytest.mark.parametrize("value", [-88.72283935546875, 0.1, 5e-324, 0.0, 1.0, 2.0**100, math.inf])
def test_a_number_in_hexadecimal_is_the_number(value: float) -> None:
    assert float.fromhex(hexadecimal(value)) == value


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.515625, "0.52"), (1.0, "1.00"), (1.0004, "1.0004"), (41.5, "41.50"), (12345.6, "1.23e+04"), (math.inf, "inf")],
)
def test_what_is_over_1_does_not_look_like_1(ratio: float, text: str) -> None:
    assert times(ratio) == text


def test_text_of_a_worker_cannot_steer_a_terminal() -> None:
    assert printable("a\x1b[31m\u202e\ud800\nb\té") == "a\\x1b[31m\\u202e\\ud800\nb    é"


# the terminal


def printed(records: list[Record]) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    print_table(console, records)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def row(text: str, activation: str) -> list[str]:
    """The cells of an activation in the first table."""
    (line, *_) = [line for line in text.splitlines() if re.match(rf"{activation}\s", line)]
    return re.split(r"\s{2,}", line.strip())


def test_the_table_has_error_over_bound_and_ulp() -> None:
    text = printed([elementwise("mish", f) for f in ("torch", "flax")] + [module("frelu", "torch")])
    assert "worst error / bound, float32, cpu: eager" in text
    assert row(text, "mish") == ["mish", "0.52 (4.1 ulp)", "0.52 (4.1 ulp)"]
    assert row(text, "frelu") == ["frelu", "0.75"]


def test_modes_are_folded_into_the_worst() -> None:
    worse = failed(elementwise(mode="compiled"), "value", 0.9)
    text = printed([elementwise(), dataclasses.replace(worse, status="held")])
    assert row(text, "mish") == ["mish", "0.90 (7.2 ulp)"]


def test_every_dtype_and_device_that_ran_has_a_table() -> None:
    idle = elementwise(device="cuda", status="not run", outputs={}, message="no cuda")
    text = printed([elementwise(), elementwise(dtype="float16"), idle])
    assert re.findall("worst error / bound, (.*): eager", text) == ["float32, cpu", "float16, cpu"]
    assert "not run: no cuda (1 line)" in text


@pytest.mark.parametrize(
    ("record", "cell"),
    [
        pytest.param(failed(elementwise(), "value"), "3.50 fails", id="failed"),
        pytest.param(failed(elementwise(), "value", 1.001), "1.001 fails", id="barely"),
        pytest.param(failed(elementwise(), "value", math.inf), "inf fails", id="infinite"),
        pytest.param(module("mish", status="error", outputs={}), "error", id="error"),
        pytest.param(module("mish", status="not run", outputs={}), "not run", id="not-run"),
        pytest.param(elementwise(dtype="float16", framework="torch"), "0.52 (0.5 ulp)", id="half"),
    ],
)
def test_a_cell(record: Record, cell: str) -> None:
    ran = elementwise("swish", "flax", dtype=record.dtype)
    assert row(printed([record, ran]), "mish")[1] == cell


def test_what_it_was_held_against_is_told_where_it_is_no_reference() -> None:
    assert row(printed([module(against="self-consistent only")]), "dyrelu_b")[-1] == "self-consistent only"


def test_the_counts() -> None:
    text = printed([*troubled(), elementwise("swish")])
    assert "11 lines: 1 held, 4 failed, 1 error, 5 not run" in text
    assert "220,000 numbers compared, 6 of them where either branch is right" in text
    assert "not run: no cuda device is there (4 lines)" in text


def test_five_failures_of_an_activation_and_framework_are_written_out() -> None:
    lines = [failed(elementwise(seed=seed), "value", 2.0 + seed) for seed in range(8)]
    text = printed(lines)
    assert text.count("rerun ") == 5
    assert "mish in torch: 3 more do not hold" in text
    assert "9 times its bound" not in text
    assert text.index("9.00 times its bound") < text.index("8.00 times its bound"), "the worst is first"


def test_a_failure_is_described_in_full() -> None:
    text = describe(failed(elementwise(mode="compiled", options={"beta": 2}), "gradient of x"))
    assert text.splitlines() == [
        "mish[beta=2]-torch-cpu-float32-compiled-sweep: failed, gradient of x 3.50 times its bound (k = 28, 8 allowed)",
        "  input     -88.72284 = -0x1.62e43p+6",
        "  expected  0.5 = 0x1p-1",
        "  got       0.50000167 = 0x1.000038p-1",
        "  bound     4.77e-07",
        "  error     28 ulp",
        "  rerun     actzoo parity --only 'mish[beta=2]-torch-cpu-float32-compiled-sweep'",
    ]


def test_other_outputs_that_fail_are_named() -> None:
    text = describe(failed(failed(elementwise(), "value"), "second derivative", 2.0))
    assert "also      second derivative 2.00 times its bound (k = 16, 8 allowed)" in text


def test_what_could_not_be_compared_is_described_by_why() -> None:
    shape = "shape (4, 16, 9, 11), expected (4, 16, 11, 9)"
    text = describe(module(status="failed", outputs={"value": Comparison(math.inf, math.inf, failure=shape)}))
    assert f"what      {shape}" in text
    assert "nan" not in text


def test_an_error_has_what_the_worker_printed() -> None:
    text = describe(module(status="error", outputs={}, message="killed\n\x1b[31mout of memory"))
    assert text.splitlines() == [
        "dyrelu_b-torch-cpu-float32-eager-pixels: error: killed",
        "\\x1b[31mout of memory",
        "  rerun     actzoo parity --only dyrelu_b-torch-cpu-float32-eager-pixels",
    ]


def test_markup_in_a_name_is_text() -> None:
    text = printed([module("[red]mine[/]", status="error", outputs={}, message="[bold]loud")])
    assert "[red]mine[/]-torch" in text
    assert "[bold]loud" in text


# code that shows a verdict again


def run_code(code: str) -> str:
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_snippets_print_what_the_framework_computes(framework: str) -> None:
    """ReLU6 at 3, softplus at 0: values that each framework has exactly, or within its last places."""
    compiled = "jit" if framework in ("flax", "linen") else "eager"
    cases = [
        (elementwise("relu6", framework, 3.0), "value", 3.0),
        (elementwise("relu6", framework, 3.0, dtype="bfloat16"), "gradient of x", 1.0),
        (elementwise("leaky_relu", framework, -2.0, options={"negative_slope": 0.25}), "value", -0.5),
        (elementwise("softplus", framework, 0.0, dtype="float64"), "value", math.log(2)),
        (elementwise("softplus", framework, 0.0, mode=compiled, options={"beta": 2.0}), "second derivative", 0.5),
        (elementwise("swish", framework, -math.inf, options={"learnable": False}), "value", 0.0),
        (elementwise("rrelu", framework, math.nan, training=False), "value", math.nan),
    ]
    found = re.findall(r"^got (\S+)$", run_code("\n".join(snippet(r, o) for r, o, _ in cases)), re.MULTILINE)
    assert [float(text) for text in found] == pytest.approx([v for *_, v in cases], rel=2.0**-20, nan_ok=True)


@pytest.mark.parametrize("framework", ["torch", "paddle"])
def test_snippets_of_compiled_code_run(framework: str) -> None:
    code = snippet(elementwise("relu6", framework, 3.0, mode="compiled"), "gradient of x")
    assert "compile(" in code or "to_static(" in code
    assert run_code(code).splitlines()[-1] == "got 1.0"


@pytest.mark.parametrize("mode", ["eager", "vmap", "jit"])
@pytest.mark.parametrize("framework", ["torch", "flax"])
def test_snippets_say_their_mode(framework: str, mode: str) -> None:
    code = snippet(elementwise("mish", framework, mode=mode))
    compile(code, "snippet", "exec")
    assert ("vmap(" in code) == (mode == "vmap")
    assert ("jax.jit(" in code) == (mode == "jit" and framework == "flax")


def test_a_snippet_has_the_input_sixteen_times_and_what_was_expected() -> None:
    code = snippet(failed(elementwise(), "gradient of x"))
    assert "torch.full((16,), float.fromhex('-0x1.62e43p+6'), dtype=torch.float32, device='cpu')" in code
    assert "expected 0.5, off by at most 4.77e-07; it was 0.50000167" in code


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(module(), id="module"),
        pytest.param(elementwise("acon_c"), id="learnt"),
        pytest.param(elementwise("swish", options={"learnable": True}), id="learnt-by-an-option"),
        pytest.param(elementwise("rrelu", training=True), id="noise"),
        pytest.param(elementwise("mine"), id="own"),
        pytest.param(elementwise(framework="numpy"), id="another-framework"),
        pytest.param(elementwise(mode="amp"), id="another-mode"),
        pytest.param(elementwise(dtype="float8"), id="another-dtype"),
        pytest.param(elementwise("softplus", options={"beta": math.inf}), id="no-literal"),
        pytest.param(elementwise("softplus", options={"beta=1) or evil(": 1}), id="no-name"),
        pytest.param(elementwise(status="error", outputs={}), id="error"),
    ],
)
def test_what_takes_more_than_an_input_is_reproduced_by_the_harness(record: Record) -> None:
    assert snippet(record) == f"from actzoo_parity import reproduce\n\nreproduce({record.id!r})\n"


def test_a_gradient_of_photographs_is_reproduced_by_the_harness() -> None:
    """Its cotangent is random; the value needs none."""
    record = elementwise(data="pixels")
    assert "reproduce(" in snippet(record, "gradient of x")
    assert "result = mish(x)" in snippet(record, "value")


def test_no_text_of_a_record_becomes_code() -> None:
    record = elementwise(data="sweep\nimport os  # ", device="cpu') or evil('")
    code = snippet(record, "value")
    assert "\nimport os" not in code
    compile(code, "snippet", "exec")
    assert "evil" not in [node for node in code if node == "evil"]
    assert repr(record.device) in code


# curves


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_thinning_keeps_the_worst(dtype: str) -> None:
    largest = Axis.of(dtype).largest
    points = [(x, ulp, r, "eager") for x, ulp, r in curve(np.random.default_rng(1), 5_000) if abs(x) <= largest]
    points += [(-math.inf, 0.0, 0.0, "eager"), (math.nan, math.inf, math.inf, "eager"), (0.0, 1.0, 0.1, "eager")]
    kept = thinned(points, Axis.of(dtype))
    assert len(kept) <= 250
    assert kept[0][0] == -math.inf
    assert math.isnan(kept[-1][0])
    assert max(points[:-3], key=lambda p: p[2]) in kept
    assert [p[0] for p in kept[:-1]] == sorted(p[0] for p in kept[:-1])


def test_modes_share_a_line_and_devices_do_not() -> None:
    def line(mode: str, device: str, ratio: float) -> Record:
        return elementwise(mode=mode, device=device, curves={"value": [(1.0, 8 * ratio, ratio)]})

    (plot,) = plots([line("eager", "cpu", 0.1), line("compiled", "cpu", 0.7), line("eager", "cuda", 0.2)])
    assert [(s.device, s.points) for s in plot.series] == [
        ("cpu", [(1.0, 5.6, 0.7, "compiled")]),
        ("cuda", [(1.0, 1.6, 0.2, "eager")]),
    ]


# the page


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.text: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self.inside[-1] if self.inside else "", []).append(data)


def written(records: list[Record], folder: Path, facts: Run = FACTS) -> str:
    return write_report(records, facts, folder).read_text(encoding="utf-8")


def unpacked(page: str) -> Any:
    """What the page's scripts read."""
    data = Elements(page).text["script"][0]
    return json.loads(zlib.decompress(base64.b64decode(data)))


def hostile(value: Any) -> Any:
    """The same value with hostile text for every text in it, in keys as well."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, dict):
        return {f"{HOSTILE}{k}" if k not in OUTPUTS else k: hostile(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(hostile, value))
    return value


def hostile_record(record: Record) -> Record:
    """A record whose every text is hostile but for its status, which is one of four words."""
    texts = {f.name: hostile(getattr(record, f.name)) for f in dataclasses.fields(record) if f.name != "status"}
    outputs = {f"{HOSTILE}{k}": dataclasses.replace(c, failure=HOSTILE) for k, c in record.outputs.items()}
    curves = {f"{HOSTILE}{k}": v for k, v in record.curves.items()}
    return dataclasses.replace(record, **{**texts, "outputs": outputs, "curves": curves, "options": {HOSTILE: HOSTILE}})


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    facts = Run(**{f.name: hostile(getattr(FACTS, f.name)) for f in dataclasses.fields(FACTS)})
    records = [hostile_record(r) for r in [*troubled(), elementwise()]]
    return written(records, tmp_path_factory.mktemp("hostile"), facts)


def test_hostile_text_makes_no_element(hostile_page: str, tmp_path: Path) -> None:
    tame = written([*troubled(), elementwise()], tmp_path)
    tags = [tag for tag, _ in Elements(hostile_page).found]
    assert tags.count("script") == 2
    assert set(tags) == {tag for tag, _ in Elements(tame).found}
    assert "<img" not in hostile_page
    assert not any(name.startswith("on") for _, attributes in Elements(hostile_page).found for name in attributes)


def test_hostile_text_is_there_as_text(hostile_page: str) -> None:
    shown = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    line = unpacked(hostile_page)["lines"][0]
    for name in ("activation", "framework", "device", "dtype", "mode", "data", "message", "against"):
        assert line[name] in (shown, ""), name
    assert line["outputs"][0]["failure"] == shown
    assert "\x1b" not in hostile_page
    assert "\u202e" not in hostile_page


def test_the_page_allows_its_own_script_and_no_other(hostile_page: str) -> None:
    elements = Elements(hostile_page)
    (policy,) = [a["content"] for tag, a in elements.found if a.get("http-equiv") == "Content-Security-Policy"]
    digest = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in (("script", elements.text["script"][-1]), ("style", elements.text["style"][0]))
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest['script']}'; style-src 'sha256-{digest['style']}'"
    )


@pytest.mark.parametrize("name", html.SCRIPTS)
def test_scripts_set_text_and_never_markup(name: str) -> None:
    source = (Path(html.__file__).parent / "page" / f"{name}.js").read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    page = written([*troubled(), elementwise()], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    for tag, attributes in Elements(page).found:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert tag != "link"
    for text in ("url(", "@import", "fetch(", "XMLHttpRequest", "import("):
        assert text not in page


def test_the_page_has_every_line_and_plot(tmp_path: Path) -> None:
    records = [*troubled(), elementwise("swish", "flax", dtype="float16")]
    data = unpacked(written(records, tmp_path))
    assert [line["id"] for line in data["lines"]] == [r.id for r in records]
    assert {p["output"] for p in data["plots"]} == set(OUTPUTS)
    (half,) = [line for line in data["lines"] if line["dtype"] == "float16"]
    assert (half["allowed"], half["outputs"][0]["k"]) == (1, 0.515625)
    (gelu,) = [line for line in data["lines"] if line["activation"] == "gelu"]
    assert gelu["ratio"] == "Infinity"
    assert gelu["outputs"][0] | {"x": "inf", "expected": "inf", "got": "nan"} == gelu["outputs"][0]


def test_the_verdict_counts_what_ran(tmp_path: Path) -> None:
    def heading(records: list[Record]) -> str:
        return Elements(written(records, tmp_path)).text["h1"][0]

    assert heading([*troubled(), elementwise()]) == "5 of 6 lines do not hold"
    assert heading([elementwise()]) == "All 1 line that ran hold"
    assert heading([elementwise(status="not run", outputs={})]) == "Nothing ran"
    assert heading([]) == "Nothing ran"


def test_failures_can_be_read_without_javascript(tmp_path: Path) -> None:
    page = written(troubled(), tmp_path)
    assert "-0x1.62e43p+6" in "".join(Elements(page).text["pre"])


def test_outputs_are_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    line = elementwise()
    backwards = dataclasses.replace(line, outputs=dict(reversed(line.outputs.items())))
    (data,) = unpacked(written([backwards], tmp_path))["lines"]
    assert [output["name"] for output in data["outputs"]] == list(OUTPUTS)


def test_a_report_is_the_same_from_json(tmp_path: Path) -> None:
    records = troubled()
    again = [from_data(json.loads(json.dumps(to_data(r)))) for r in records]
    assert written(records, tmp_path) == written(again, tmp_path)


def test_a_page_of_2000_lines_is_small(tmp_path: Path) -> None:
    path = write_report(whole_run(2_000), FACTS, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "index.html"
    assert path.stat().st_size < 3_000_000


def test_a_full_disk_is_an_error_that_names_the_page(tmp_path: Path) -> None:
    (tmp_path / "index.html.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: '.*index\.html'"):
        write_report([], FACTS, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OSError, match="out"):
        write_report([], FACTS, tmp_path / "out")
