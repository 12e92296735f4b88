"""A spec's body to the lines of a function or of a method. Knows no framework: rows and names come from the target."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from actzoo.language import Spec
from actzoo.language._declare import Buffer, Noise, Norm
from actzoo.language._derive import simplify
from actzoo.language._graph import (
    Activate,
    Apply,
    Call,
    Choose,
    Expr,
    Fold,
    For,
    If,
    Index,
    Local,
    Name,
    Number,
    Option,
    Pass,
    Require,
    Return,
    Set,
    SetOption,
    Statement,
)
from actzoo.language._operators import STRUCTURES
from actzoo.render._code import WORDS, fill, option
from actzoo.render._stage import Stage
from actzoo.render._table import Target


@dataclass
class Body:
    """One walk over a spec's statements.

    rename  how options and parts are read: `k` as `self.k`
    stages  the pointwise stages met on the way, to be rendered before the class
    uses    the element-wise activations that are called
    """

    spec: Spec
    target: Target
    rename: Mapping[str, str]
    training: str
    stages: list[Stage] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)

    def lines(self, statements: tuple[Statement, ...], indent: str = "") -> list[str]:
        found: list[str] = []
        for statement in statements:
            match statement:
                case Set(name=name, value=value):
                    found.append(f"{indent}{name} = {self.code(value, name)}")
                case Return(value=value):
                    found.append(f"{indent}return {self.code(value, '')}")
                case If():
                    found += self.branches(statement, indent, "if")
                case For(variable=variable, count=count, body=body):
                    found.append(f"{indent}for {variable} in range({self.option(count)}):")
                    found += self.lines(body, indent + "    ")
                case Require() | SetOption():
                    pass
        return found

    def branches(self, statement: If, indent: str, word: str) -> list[str]:
        found = [f"{indent}{word} {self.option(statement.condition)}:"]
        if "training" in statement.condition.names:
            found += [f"{indent}    {line}" for line in self.noise()]
        found += self.lines(statement.then, indent + "    ")
        match statement.otherwise:
            case ():
                pass
            case (If() as other,):
                found += self.branches(other, indent, "elif")
            case otherwise:
                found += [f"{indent}else:", *self.lines(otherwise, indent + "    ")]
        return found

    def noise(self) -> list[str]:
        names = [n for n, p in self.spec.parts.items() if isinstance(p, Noise)]
        return [self.target.noise.format(name=n, owner=self.spec.name) for n in names]

    def option(self, value: Option) -> str:
        return ast.unparse(option(value, {**self.rename, "training": self.training}))

    def code(self, expr: Expr, hint: str) -> str:
        """The source of an expression; `hint` names the stage that it is, if it is one."""
        return ast.unparse(self.tree(expr, hint))

    def tree(self, expr: Expr, hint: str) -> ast.expr:
        match expr:
            case Name(name=name):
                return ast.parse(self.rename.get(name, name), mode="eval").body
            case Call(operator=operator, arguments=arguments, options=options):
                row = self.target.row("structures", operator)
                trees = [self.tree(a, _word(a)) for a in arguments]
                return fill(row, *trees, *(option(o, self.rename) for o in options))
            case Pass(layer=layer, argument=argument, index=index):
                part = self.spec.layers[layer]
                row = self.target.row("layers", "apply_norm" if isinstance(part, Norm) else "apply")
                access = fill(self.access(layer, index))
                return fill(row, access, self.tree(argument, _word(argument)))
            case Activate(activation=activation, argument=argument, formula=formula):
                if formula:
                    self.uses.append(activation)
                name = activation if formula else self.rename.get(activation, activation)
                return fill(f"{name}(a)", self.tree(argument, _word(argument)))
            case Choose(condition=condition, then=then, otherwise=otherwise):
                return ast.IfExp(option(condition, self.rename), self.tree(then, hint), self.tree(otherwise, hint))
        return self.stage(simplify(expr), hint)

    def access(self, layer: str, index: Option | None) -> str:
        """How the module reaches a layer: by attribute, or within its container."""
        part = self.spec.layers[layer]
        key = part.key or layer
        if index is not None:
            key = key.format("{" + f"{index.text} + 1" + "}")
        return layer_access(self.target, layer, key, None if index is None else index.text)

    def stage(self, expr: Expr, hint: str) -> ast.expr:
        """A maximal pointwise expression, as a call of a function that is rendered for it."""
        if isinstance(expr, Name):
            return self.tree(expr, hint)
        inputs: dict[str, ast.expr] = {}
        constants: dict[str, ast.expr] = {}
        hoisted: dict[Expr, Name] = {}

        def name(expr: Expr) -> Expr:
            """The expression over names, its structural leaves hoisted into arguments."""
            match expr:
                case Name(name=n):
                    part = self.spec.parts.get(n)
                    constant = isinstance(part, Buffer | Noise)
                    (constants if constant else inputs)[n] = self.tree(expr, "")
                    return expr
                case Number(value=value):
                    for n in sorted(value.names):
                        constants[n] = option(Option(n), self.rename)
                    return expr
                case Index(family=family, index=index):
                    for n in sorted(index.names):
                        constants[n] = option(Option(n), self.rename)
                    return Index(name(family), index)
                case Apply(operator=operator, arguments=arguments):
                    return Apply(operator, tuple(name(a) for a in arguments))
                case Local(name=n, value=value):
                    return Local(n, name(value))
                case Fold(operator=operator, variable=variable, count=count, term=term):
                    folded = Fold(operator, variable, count, name(term))
                    for n in sorted(count.names):
                        constants[n] = option(Option(n), self.rename)
                    del constants[variable]
                    return folded
            if expr in hoisted:
                return hoisted[expr]
            word = _word(expr)
            while word in inputs or word in constants:
                word += "_"
            constant = isinstance(expr, Call) and STRUCTURES[expr.operator].constant
            (constants if constant else inputs)[word] = self.tree(expr, word)
            hoisted[expr] = Name(word)
            return hoisted[expr]

        named = name(expr)
        if "x" in inputs:  # a stage's result has the dtype of its first input
            inputs = {"x": inputs["x"], **inputs}
        stage = Stage("_".join(filter(None, [self.spec.name, hint])), named, tuple(inputs), tuple(constants))
        stage = self.register(stage)
        arguments = [*inputs.values(), *constants.values()]
        return ast.Call(ast.Name(f"_{stage.name}"), arguments, [])

    def register(self, stage: Stage) -> Stage:
        """The stage, or the same one under the name that it has already."""
        number = 1
        name = stage.name
        for other in self.stages:
            if (other.expr, other.arguments) == (stage.expr, stage.arguments):
                return other
        while any(other.name == name for other in self.stages):
            number += 1
            name = f"{stage.name}_{number}"
        stage = Stage(name, stage.expr, stage.inputs, stage.constants)
        self.stages.append(stage)
        return stage


def layer_access(target: Target, layer: str, key: str, index: str | None) -> str:
    """`self.fc1`, `self.mlp["fc1"]`, `self.gather[f"conv{i + 1}"]`."""
    container, _, item = key.rpartition(".")
    if not container:
        return target.row("state", "layer").format(name=layer)
    if index is None:
        return target.row("state", "item").format(container=container, item=f'"{item}"', name=layer)
    return target.row("state", "items").format(container=container, item=f'f"{item}"', name=layer, index=index)


def _word(expr: Expr) -> str:
    """What an unnamed value is called."""
    match expr:
        case Local(name=name) | Name(name=name):
            return name
        case Call(operator=operator, arguments=(Name(name=name), *_)) if operator == "channelwise":
            return name
        case Call(operator=operator) | Apply(operator=operator):
            return WORDS.get(operator, operator)
        case Pass(layer=layer):
            return f"{layer}_out"
        case Activate(activation=activation):
            return "gate" if activation.startswith("gate") else f"{activation}_out"
        case Choose(then=then):
            return _word(then)
        case Fold():
            return "largest"
    return "term"
