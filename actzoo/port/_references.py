"""A name of Paddle that is not called where it stands: handed on, kept in a variable, asked after by `isinstance`.

Whoever calls it later calls it with Paddle's arguments. Where torch's are the same the name is enough; elsewhere an
adapter, a function with Paddle's arguments, is written beside the twins, from the same row as everything else.
"""

from __future__ import annotations

import ast

from ._rows import Rule
from ._spelling import ZOO


def name_of(rule: Rule) -> str:
    """What is called on the right side, as a name."""
    if rule.parameters is None:
        return rule.target
    node: ast.expr = ast.parse(rule.target, mode="eval").body
    while isinstance(node, ast.Attribute) and any(isinstance(each, ast.Call) for each in ast.walk(node)):
        node = node.value
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def is_same(rule: Rule) -> bool:
    """Whether what is called on the right takes Paddle's arguments, by position and by name."""
    if len(rule.lines) > 1 or rule.target.startswith("!"):
        return False
    node = ast.parse(rule.target, mode="eval").body
    parameters = rule.parameters or ()
    if not isinstance(node, ast.Call) or len(node.args) + len(node.keywords) != len(parameters):
        return False
    slots = [(None, each) for each in node.args] + [(each.arg, each.value) for each in node.keywords]
    for index, (parameter, (keyword, value)) in enumerate(zip(parameters, slots, strict=True)):
        if isinstance(value, ast.Starred):
            value = value.value
        if not isinstance(value, ast.Name) or value.id != parameter.name or parameter.spelling:
            return False
        if (index or rule.gives == "Layer") and keyword != parameter.name and not parameter.starred:
            return False
    return True


def adapter(name: str, rule: Rule) -> str:
    """The source of a function with Paddle's arguments."""
    given = rule.parameters or ()
    parameters = [
        ("*" if p.starred else "") + p.name + (f"={p.default}" if p.default is not None else "") for p in given
    ]
    body = [f"    {p.name} = as_dtype({p.name})" for p in given if p.spelling == "dtype"]
    for line in rule.lines:
        result = f"return {line.target.replace('=+', '=').replace('twins.', '').replace('zoo.', f'{ZOO}.')}"
        body.append(f"    if {_condition(line.condition)}:\n        {result}" if line.condition else f"    {result}")
    return "\n".join(
        [
            f"def {name}({', '.join([*parameters, 'name=None'])}):",
            f'    """`{rule.name}`, with its own arguments."""',
            *body,
        ]
    )


_MEANINGS = {
    "given": "{} is not None",
    "is_none": "{} is None",
    "false": "{} is False",
    "true": "{} is True",
    "text": "isinstance({}, str)",
    "number": "isinstance({}, (int, float))",
    "sequence": "isinstance({}, (list, tuple))",
    "no_zero": "0 not in {}",
    "plain_sizes": "True",
    "call": "False",
    "held": "True",
}


def _condition(text: str) -> str:
    """A condition of the table as one of Python's."""
    tree = ast.parse(text, mode="eval")

    class Meaning(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            assert isinstance(node.func, ast.Name)
            meaning = _MEANINGS[node.func.id].format(ast.unparse(node.args[0]))
            return ast.parse(f"({meaning})", mode="eval").body

    return ast.unparse(Meaning().visit(tree))
