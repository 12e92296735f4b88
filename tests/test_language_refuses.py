"""The spec language refuses what is outside it: by file, line, and what is allowed."""

import math
from pathlib import Path

import pytest
from expressions import run_file

from actzoo import SpecError, activation

HEAD = """from actzoo.language import *
from actzoo.zoo.elementary import relu, gelu


@formula
def twice(u):
    return 2 * u


@formula
def branching(u):
    if u > 0:
        return u
    return 2 * u


@activation
"""
FIRST = HEAD.count("\n") + 1
DOC = '    """A docstring."""\n'
DECIDED = "decided by options alone, not by a tensor"
STATEMENTS = "a spec has assignments, assert, return, if over options, and for over range"
EXPRESSION = "not an expression of the spec language"
WORD = "neither an argument, a variable, nor a word of the spec language"
CALL = "a call is to a primitive, a structure, a layer, a formula or an element-wise activation"
FOLD = r"a fold is maximum\(term for i in range\(option\)\)"
END = "a spec returns its value at the end, on every way through"
INPUT = "a spec takes one input, named x"

# A body, or a whole function; the line, counted from the function's first; what the error says.
BODIES = {
    "if-on-a-tensor": ("if x > 0:\n        return x\n    return -x", 3, DECIDED),
    "else-if-on-a-tensor": ("if k:\n        return x\n    elif x > 0:\n        return x\n    return -x", 5, DECIDED),
    "conditional-expression-on-a-tensor": ("return x if x > 0 else -x", 3, DECIDED),
    "assert-on-a-tensor": ("assert x > 0\n    return x", 3, DECIDED),
    "assert-with-computed-message": ("assert k, str(k)\n    return x", 3, STATEMENTS),
    "while": ("while k:\n        x = x + 1\n    return x", 3, STATEMENTS),
    "with": ("with k:\n        return x", 3, STATEMENTS),
    "try": ("try:\n        return x\n    except ValueError:\n        return x", 3, STATEMENTS),
    "raise": ("raise ValueError('no')", 3, STATEMENTS),
    "inner-function": ("def f(y):\n        return y\n    return f(x)", 3, STATEMENTS),
    "import": ("import math\n    return x", 3, STATEMENTS),
    "global": ("global z\n    return x", 3, STATEMENTS),
    "delete": ("del k\n    return x", 3, STATEMENTS),
    "match": ("match k:\n        case 2:\n            return x\n    return x", 3, STATEMENTS),
    "augmented-assignment": ("x += 1\n    return x", 3, STATEMENTS),
    "tuple-assignment": ("a, b = x, x\n    return a", 3, STATEMENTS),
    "chained-assignment": ("a = b = x\n    return a", 3, STATEMENTS),
    "attribute-assignment": ("x.y = k\n    return x", 3, STATEMENTS),
    "expression-statement": ("tanh(x)\n    return x", 3, STATEMENTS),
    "for-over-a-list": ("for i in [1, 2]:\n        y = x\n    return x", 3, STATEMENTS),
    "for-over-two-bounds": ("for i in range(1, k):\n        y = x\n    return x", 3, STATEMENTS),
    "for-else": ("for i in range(k):\n        y = x\n    else:\n        y = x\n    return x", 3, STATEMENTS),
    "for-over-a-tensor": ("for i in range(x):\n        y = x\n    return x", 3, DECIDED),
    "break": ("for i in range(k):\n        break\n    return x", 4, STATEMENTS),
    "return-nothing": ("return", 3, STATEMENTS),
    "unknown-name": ("return x + unknown", 3, WORD),
    "unknown-name-in-an-option": ("y = unknown // 2\n    return x", 3, EXPRESSION),
    "unknown-function": ("return unknown(x)", 3, CALL),
    "python-function": ("return print(x)", 3, CALL),
    "builtin-on-a-tensor": ("return abs(x)", 3, CALL),
    "method": ("return x.sum()", 3, CALL),
    "attribute": ("return x.T", 3, EXPRESSION),
    "activation-with-options": ("return gelu(x)", 3, "'gelu' has parts, options or branches, so a spec cannot call it"),
    "keyword": ("return tanh(u=x)", 3, "'tanh' takes 1 positional argument: "),
    "keyword-beside-an-argument": ("return tanh(x, approximate=True)", 3, "'tanh' takes 1 positional argument: "),
    "too-many-arguments": ("return tanh(x, x)", 3, "'tanh' takes 1 positional argument: "),
    "too-few-arguments": ("return where(x > 0, x)", 3, "'where' takes 3 positional arguments: "),
    "no-arguments": ("return exp()", 3, "'exp' takes 1 positional argument: "),
    "structure-arity": ("return softmax(x)", 3, "'softmax' takes 2 positional arguments: "),
    "structure-option-is-a-tensor": ("return average_pool(x, x)", 3, DECIDED),
    "activation-arity": ("return relu(x, k)", 3, "'relu' takes 1 positional argument: "),
    "formula-arity": ("return twice(x, x)", 3, "too many positional arguments"),
    "formula-keyword": ("return twice(v=x)", 3, "missing a required argument: 'u'"),
    "power-of-three": ("return x ** 3", 3, EXPRESSION),
    "power-of-a-tensor": ("return x ** x", 3, EXPRESSION),
    "floor-division": ("return x // 2", 3, EXPRESSION),
    "remainder": ("return x % 2", 3, EXPRESSION),
    "matrix-product": ("return x @ x", 3, EXPRESSION),
    "invert": ("return ~x", 3, EXPRESSION),
    "and": ("return where(x > 0 and x < 1, x, 0)", 3, EXPRESSION),
    "not": ("return where(not x, x, 0)", 3, EXPRESSION),
    "chained-comparison": ("return where(0 < x < 1, x, 0)", 3, EXPRESSION),
    "equality": ("return where(x == 0, x, 0)", 3, EXPRESSION),
    "list": ("return [x]", 3, EXPRESSION),
    "tuple": ("return x, x", 3, EXPRESSION),
    "lambda": ("return (lambda y: y)(x)", 3, EXPRESSION),
    "walrus": ("return (y := x)", 3, EXPRESSION),
    "slice": ("return x[1:]", 3, EXPRESSION),
    "starred": ("return tanh(*x)", 3, EXPRESSION),
    "index-by-a-tensor": ("return x[x]", 3, DECIDED),
    "fold-of-a-sum": ("return minimum(i * x for i in range(k))", 3, FOLD),
    "fold-with-a-condition": ("return maximum(i * x for i in range(k) if i)", 3, FOLD),
    "fold-over-two": ("return maximum(i * j * x for i in range(k) for j in range(k))", 3, FOLD),
    "fold-over-a-list": ("return maximum(i * x for i in [1, 2])", 3, FOLD),
    "fold-over-a-tensor": ("return maximum(i * x for i in range(x))", 3, DECIDED),
    "no-return": ("y = tanh(x)", 1, END),
    "docstring-only": ("", 1, END),
    "return-on-one-way": ("if k:\n        return x", 1, END),
    "return-not-on-the-else-way": ("if k:\n        return x\n    else:\n        y = x", 1, END),
}
FUNCTIONS = {
    "no-docstring": ("def f(x):\n    return x\n", 1, "a spec has a docstring: what it is, its formula"),
    "option-without-default": (f"def f(x, *, k):\n{DOC}    return x\n", 1, "the option 'k' needs a default value"),
    "two-inputs": (f"def f(x, y):\n{DOC}    return x + y\n", 1, INPUT),
    "no-input": (f"def f(*, k=1):\n{DOC}    return k\n", 1, INPUT),
    "another-name": (f"def f(y):\n{DOC}    return y\n", 1, INPUT),
    "open-arguments": (f"def f(x, *more):\n{DOC}    return x\n", 1, INPUT),
    "open-options": (f"def f(x, **more):\n{DOC}    return x\n", 1, INPUT),
    "option-before-the-star": (
        f"def f(x, slope=0.5):\n{DOC}    return slope * x\n",
        1,
        r"'slope' is a part \(Param, Dense, Conv, Norm, ...\) or an option after '\*'",
    ),
    "formula-with-branches": (f"def f(x):\n{DOC}    return branching(x)\n", None, DECIDED),
    "layer-arity": (
        f'def f(x, fc=Conv("C", "C")):\n{DOC}    return fc(x, x)\n',
        3,
        "'fc' takes 1 positional argument: ",
    ),
    "part-of-an-unknown-option": (
        f'def f(x, fc=Conv("C", "width")):\n{DOC}    return fc(x)\n',
        1,
        "outputs of 'fc' names no option: 'width'",
    ),
    "part-not-an-expression": (
        f'def f(x, fc=Conv("C", "C //")):\n{DOC}    return fc(x)\n',
        1,
        "outputs of 'fc' is no expression: 'C //'",
    ),
    "part-when-unknown": (
        f'def f(x, w=Param("C", learnt="learn")):\n{DOC}    return w * x\n',
        1,
        "learnt of 'w' names no option: 'learn'",
    ),
    "layer-as-a-tensor": (f'def f(x, fc=Conv("C", "C")):\n{DOC}    return fc * x\n', 3, WORD),
    "tensor-as-a-layer": (f'def f(x, w=Param("C")):\n{DOC}    return w(x)\n', 3, CALL),
}
CASES = {
    **{name: (f"def f(x, *, k=2):\n{DOC}    {body}\n", line, said) for name, (body, line, said) in BODIES.items()},
    **FUNCTIONS,
}


@pytest.mark.parametrize(("text", "line", "said"), CASES.values(), ids=CASES)
def test_refused(text: str, line: int | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=said) as raised:
        run_file(tmp_path, HEAD + text)
    file = tmp_path / "specs.py"
    where = HEAD[: HEAD.index("if u")].count("\n") + 1 if line is None else FIRST + line - 1
    assert str(raised.value).startswith(f"{file}:{where}: in '")
    assert (raised.value.filename, raised.value.lineno) == (str(file), where)


def test_an_error_is_a_syntax_error() -> None:
    assert issubclass(SpecError, SyntaxError)


def test_a_lambda_is_no_spec() -> None:
    with pytest.raises(SpecError, match="is not a plain function"):
        activation(lambda x: x)


def test_a_coroutine_is_no_spec() -> None:
    async def waiting(x):
        """Waits."""
        return x

    with pytest.raises(SpecError, match="'waiting' is not a plain function"):
        activation(waiting)


def test_a_function_without_source_is_no_spec() -> None:
    names: dict[str, object] = {"activation": activation}
    with pytest.raises(SpecError, match="cannot read the source of 'f': write it in a file"):
        exec("def f(x):\n    return x\nactivation(f)", names)


def test_a_library_function_is_no_word_of_the_language(tmp_path: Path) -> None:
    assert math.tanh(0) == 0
    with pytest.raises(SpecError, match=CALL):
        run_file(tmp_path, "import math\n" + HEAD + f"def f(x):\n{DOC}    return math.tanh(x)\n")
