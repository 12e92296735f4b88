"""What an expression stands for; knows the rules only by what they give."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping

from ._facts import Facts, Knowledge
from ._kinds import (
    ARRAY,
    LAYER,
    NOTHING,
    PARAMETER,
    PLAIN,
    TENSOR,
    TENSORS,
    UNKNOWN,
    Api,
    Class,
    Function,
    Instance,
    Kind,
    Many,
    Object,
    combined,
    element,
    held,
    instance,
    is_tensor,
    join,
    many_of,
)
from ._rows import Rule

FOREIGN = frozenset(
    {*sys.stdlib_module_names, "PIL", "cv2", "matplotlib", "pandas", "sklearn", "scipy", "yaml", "IPython"}
)
"""Modules whose functions give nothing of Paddle."""

PASSING = frozenset(
    {"tqdm", "tqdm.tqdm", "tqdm.notebook.tqdm", "tqdm.auto.tqdm", "copy.copy", "copy.deepcopy"}
    | {"paddle.jit.to_static", "paddle.DataParallel"}
)
"""Functions that give what they are given."""

_GIVES = {
    "Tensors": TENSORS,
    "Pair": many_of(TENSOR, TENSOR),
    "State": many_of(TENSOR),
    "Unknown": UNKNOWN,
    "Layers": frozenset({Many(LAYER)}),
    "NamedLayers": frozenset({Many(many_of(PLAIN, LAYER))}),
    "Parameters": frozenset({Many(PARAMETER)}),
    "NamedParameters": frozenset({Many(many_of(PLAIN, PARAMETER))}),
}
_RECURRENT = many_of(TENSOR, TENSORS)

CONTAINERS = ("paddle.nn.Sequential", "paddle.nn.LayerList", "paddle.nn.LayerDict")
GROWING = {"append": 0, "add": 0, "extend": 0, "insert": 1, "add_sublayer": 1, "update": 0}
"""Methods that put something into a container, and which argument it is."""


def given_by(gives: str) -> Kind:
    """A kind by the heading of a table."""
    return _GIVES.get(gives) or frozenset({gives})


def made_by(rule: Rule) -> Kind:
    """What a call of a name of Paddle gives: an object, where the name is a class of layers."""
    name = rule.name.rpartition(".")[2]
    if rule.gives in ("Layer", "Recurrent") and rule.name.startswith("paddle.nn.") and name[0].isupper():
        return LAYER if name == "Layer" else instance(f"paddle.nn.{name}", rule.gives)
    return given_by(rule.gives)


def layers_in(kind: Kind) -> Kind:
    """The layers of an argument of a container: a layer, a list of them, a pair of a name and one."""
    found = [layers_in(atom.any) if isinstance(atom, Many) else frozenset({atom}) for atom in kind]
    return join(*found) - PLAIN


class Evaluator:
    """Names, and what they are here. The statements, which bind names, are in `_read.py`, for length."""

    def __init__(self, knowledge: Knowledge, facts: Facts) -> None:
        self.knowledge, self.facts = knowledge, facts
        self.names: dict[str, Kind] = {}
        self.owner = self.function = ""
        self.waiting: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str, str, Mapping[str, Kind]]] = []

    def kind(self, node: ast.expr) -> Kind:
        return self.facts.note(node, self._kind(node))

    def _kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Constant():
                return PLAIN
            case ast.Name(name):
                return self.named(name)
            case ast.Attribute(value, name):
                return self.attribute(self.kind(value), name)
            case ast.Call():
                return self.call(node)
            case ast.BinOp(left, _, right):
                return combined(self.kind(left), self.kind(right))
            case ast.UnaryOp(_, operand):
                return self.kind(operand)
            case ast.BoolOp(_, values):
                return join(*map(self.kind, values))
            case ast.Compare(left, _, others):
                return combined(*map(self.kind, [left, *others]))
            case ast.IfExp(test, body, orelse):
                self.kind(test)
                return join(self.kind(body), self.kind(orelse))
            case ast.Tuple(elements) | ast.List(elements) | ast.Set(elements):
                kinds = [self.kind(each) for each in elements]
                if any(isinstance(each, ast.Starred) for each in elements):
                    return frozenset({Many(join(*kinds))})
                return many_of(*kinds)
            case ast.Dict(keys, values):
                for key in filter(None, keys):
                    self.kind(key)
                return frozenset({Many(join(*map(self.kind, values)))})
            case ast.Subscript(value, index):
                self.kind(index)
                return self.indexed(self.kind(value), index)
            case ast.Slice(lower, upper, step):
                for part in filter(None, (lower, upper, step)):
                    self.kind(part)
                return PLAIN
            case ast.Starred(value):
                return element(self.kind(value))
            case ast.NamedExpr(target, value):
                self.names[target.id] = self.kind(value)
                return self.names[target.id]
            case ast.ListComp(result, loops) | ast.SetComp(result, loops) | ast.GeneratorExp(result, loops):
                return self.comprehension([result], loops)
            case ast.DictComp(key, value, loops):
                return self.comprehension([key, value], loops)
            case ast.Lambda(arguments, body):
                outer = self.names
                self.names = {**outer, **{a.arg: UNKNOWN for a in arguments.args}}
                self.kind(body)
                self.names = outer
                return UNKNOWN
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.kind(child)
        return PLAIN if isinstance(node, ast.JoinedStr | ast.FormattedValue) else UNKNOWN

    def comprehension(self, results: list[ast.expr], loops: list[ast.comprehension]) -> Kind:
        outer = self.names
        self.names = dict(outer)
        for loop in loops:
            self.assign(loop.target, element(self.kind(loop.iter)))
            for test in loop.ifs:
                self.kind(test)
                self.names |= self.narrowed(test, True)
        kinds = [self.kind(each) for each in results]
        self.names = outer
        return frozenset({Many(kinds[-1])})

    def assign(self, target: ast.expr, kind: Kind) -> None:
        raise NotImplementedError

    def named(self, name: str) -> Kind:
        if name in self.names:
            return self.names[name]
        if self.function and name in self.knowledge.globals:
            return self.knowledge.globals[name]
        for module in self.facts.stars:
            if f"{module}.{name}" in self.knowledge.rules:
                return frozenset({Api(f"{module}.{name}")})
        if hasattr(builtins, name):
            return frozenset({Api(f"builtins.{name}")})
        self.facts.unresolved.add(name)
        return UNKNOWN

    def attribute(self, kind: Kind, name: str) -> Kind:
        return join(*(self._attribute(atom, name) for atom in kind)) or UNKNOWN

    def _attribute(self, atom: object, name: str) -> Kind:
        match atom:
            case Api(path, is_held):
                return frozenset({Api(f"{path}.{name}", is_held)})
            case Object(owner):
                known = self.knowledge.attribute(owner, name)
                method = self.knowledge.method(owner, name)
                if method:
                    return join(known, frozenset({Function(method, bound=True)}))
                if known:
                    return known
                family = self.knowledge.family(owner)
                for base in self.knowledge.apis(owner):
                    if f"{base}.{name}" in self.knowledge.rules:
                        return self._attribute(Instance(base), name)
                return self._attribute(family, name) if family else UNKNOWN
            case Instance(of, family):
                rule = self.knowledge.rules.get(f"{of}.{name}")
                if rule is not None:
                    return made_by(self.knowledge.rules[rule.gives]) if "." in rule.gives else given_by(rule.gives)
                return self._attribute(family, name)
            case "Tensor" | "Layer" | "Optimizer" | "Scheduler" | "Metric" | "Model" | "Loader":
                rule = self.knowledge.rules.get(f"{atom}.{name}") or self.knowledge.rules.get(f"paddle.{name}")
                if rule is not None and rule.parameters is None:
                    return given_by(rule.gives)
                return UNKNOWN if atom != "Tensor" or name in ("grad",) else PLAIN
            case "Parameter":
                return NOTHING
            case "Array":
                return PLAIN if name in ("shape", "size", "ndim", "dtype") else ARRAY
            case "Plain":
                return PLAIN
        return UNKNOWN

    def indexed(self, kind: Kind, index: ast.expr) -> Kind:
        if isinstance(index, ast.Slice):
            return kind
        if any(isinstance(a, Api) and a.name.startswith("numpy.") for a in kind):
            return ARRAY
        if isinstance(index, ast.Constant) and isinstance(index.value, int):
            return element(kind, index.value)
        return element(kind)

    def call(self, node: ast.Call) -> Kind:
        arguments = [self.kind(each) for each in node.args]
        keywords = {keyword.arg: self.kind(keyword.value) for keyword in node.keywords}
        starred = any(isinstance(each, ast.Starred) for each in node.args) or None in keywords
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in GROWING:
                self.grow(node.func.value, arguments[GROWING[node.func.attr] :], node.func.attr)
            receiver = self.kind(node.func.value)
            found: Kind | None = NOTHING
            if node.func.attr == "apply":
                found = self.applied(receiver, [] if starred else arguments, {} if starred else keywords)
            found = found or self.method_result(receiver, node.func.attr, arguments)
            self.facts.note(node.func, self.attribute(receiver, node.func.attr))
            if found is not None:
                return found
        callee = self.kind(node.func)
        if (by_text := self.by_text(node, callee)) is not None:
            return by_text
        named = {} if starred else {str(name): kind for name, kind in keywords.items()}
        results = [self.called(atom, [] if starred else arguments, named) for atom in callee]
        results += [self.container(atom.name, arguments, bool(starred)) for atom in callee if isinstance(atom, Api)]
        return join(*results) or UNKNOWN

    def by_text(self, node: ast.Call, callee: Kind) -> Kind | None:
        """What `eval` and `getattr` give for a name that is written out."""
        if callee == {Api("builtins.eval")} and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            first, *rest = str(node.args[0].value).split(".")
            if not all(map(str.isidentifier, (first, *rest))):
                return None
            kind = self.named(first)
            for name in rest:
                kind = self.attribute(kind, name)
            return kind
        if callee == {Api("builtins.getattr")} and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            return self.attribute(self.kind(node.args[0]), str(node.args[1].value))
        return None

    def container(self, path: str, arguments: list[Kind], starred: bool) -> Kind:
        """A container of layers with what it is given."""
        rule = self.knowledge.rules.get(path)
        kind = made_by(rule) if rule is not None else NOTHING
        for atom in kind:
            if isinstance(atom, Instance) and atom.of in CONTAINERS and arguments:
                if atom.of == "paddle.nn.Sequential":
                    items = list(map(layers_in, arguments))
                    return instance(atom.of, items=frozenset({Many(join(*items))}) if starred else many_of(*items))
                return instance(atom.of, items=frozenset({Many(layers_in(arguments[0]))}))
        return NOTHING

    def grow(self, container: ast.expr, given: list[Kind], how: str) -> None:
        """Something is put into a list, or into a container of layers."""
        for atom in self.kind(container):
            if not given or not (isinstance(atom, Many) or (isinstance(atom, Instance) and atom.of in CONTAINERS)):
                continue
            more = element(given[0]) if how in ("extend", "update") else given[0]
            if isinstance(atom, Many):
                grown: Kind = frozenset({Many(join(atom.any, held(more)))})
            else:
                grown = instance(atom.of, items=frozenset({Many(join(element(atom.items), layers_in(more)))}))
            self.assign_more(container, grown)

    def assign_more(self, target: ast.expr, kind: Kind) -> None:
        raise NotImplementedError

    def narrowed(self, test: ast.expr, holds: bool) -> dict[str, Kind]:
        """What names are where an `isinstance` in a test holds, or does not."""
        match test:
            case ast.UnaryOp(ast.Not(), operand):
                return self.narrowed(operand, not holds)
            case ast.BoolOp(ast.And(), values) if holds:
                return {name: kind for value in values for name, kind in self.narrowed(value, True).items()}
            case ast.BoolOp(ast.Or(), values) if not holds:
                return {name: kind for value in values for name, kind in self.narrowed(value, False).items()}
            case ast.Call(ast.Name("isinstance"), [ast.Name(name), classes]):
                wanted = self.instances(self.kind(classes))
            case ast.Compare(ast.Call(ast.Name("type"), [ast.Name(name)]), [ast.Eq() | ast.Is() | ast.In()], [classes]):
                wanted = self.instances(self.kind(classes))
            case _:
                return {}
        if wanted is None or name not in self.names:
            return {}
        return {name: wanted if holds else self.names[name] - wanted or UNKNOWN}

    def instances(self, classes: Kind) -> Kind | None:
        """What is an object of one of these classes, if all of them are known."""
        found: list[Kind] = []
        for atom in classes:
            match atom:
                case Many(inside):
                    within = self.instances(inside)
                    if within is None:
                        return None
                    found.append(within)
                case Class(name):
                    found.append(frozenset({Object(name)}))
                case Api("paddle.Tensor"):
                    found.append(TENSOR)
                case Api(path) if (rule := self.knowledge.rules.get(path)) and rule.gives in ("Layer", "Recurrent"):
                    found.append(made_by(rule))
                case _:
                    return None
        return join(*found) or None

    def method_result(self, receiver: Kind, name: str, arguments: list[Kind]) -> Kind | None:
        """What a method of something that is no object of the source gives."""
        if name == "append" and len(arguments) == 1 and any(isinstance(a, Many) for a in receiver):
            return PLAIN
        rules = self.knowledge.rules
        families = {self.family(atom) for atom in receiver} if not self.knowledge.defines(receiver, name) else set()
        for family in (
            "Layer",
            "Optimizer",
            "Scheduler",
            "Metric",
            "Model",
            "Scaler",
            "Dataset",
            "Distribution",
            "Context",
        ):
            if family in families and (rule := rules.get(f"{family}.{name}")):
                return given_by(rule.gives)
        if is_tensor(receiver):
            rule = rules.get(f"Tensor.{name}") or rules.get(f"paddle.{name}")
            return given_by(rule.gives) if rule else UNKNOWN
        if receiver and receiver <= ARRAY:
            return PLAIN if name in ("item", "tolist") else ARRAY
        if receiver and receiver <= PLAIN:
            return PLAIN
        if all(isinstance(atom, Many) for atom in receiver) and receiver:
            if name in ("values", "copy"):
                return receiver
            if name == "items":
                return frozenset({Many(many_of(PLAIN, element(receiver)))})
            return element(receiver) if name in ("pop", "get") else PLAIN
        return None

    def family(self, atom: object) -> object:
        """What methods of Paddle it has."""
        if isinstance(atom, Object):
            return self.knowledge.family(atom.of)
        return atom.family if isinstance(atom, Instance) else atom

    def called(self, atom: object, arguments: list[Kind], keywords: dict[str, Kind]) -> Kind:
        match atom:
            case Api(path):
                return self.api_result(path, arguments)
            case Class(name):
                if init := self.knowledge.method(name, "__init__"):
                    self.learn(init, [NOTHING, *arguments], keywords)
                return frozenset({Object(name)})
            case Object(owner):
                name = "forward" if self.knowledge.is_layer(owner) else "__call__"
                method = self.knowledge.method(owner, name)
                if method is None:
                    return TENSOR if self.knowledge.is_layer(owner) else UNKNOWN
                self.learn(method, [NOTHING, *arguments], keywords)
                return self.knowledge.result(method)
            case Function(name, bound):
                self.learn(name, [NOTHING, *arguments] if bound else arguments, keywords)
                return self.knowledge.result(name)
            case Instance(_, family):
                return self.called(family, arguments, keywords)
            case "Layer":
                return TENSOR
            case "Recurrent":
                return _RECURRENT
            case "Loader":
                return frozenset({"Loader"})
            case "Plain":
                return PLAIN
        return UNKNOWN

    def applied(self, receiver: Kind, arguments: list[Kind], keywords: Mapping[str | None, Kind]) -> Kind:
        """What a function of one's own with a derivative gives; what it is applied to enters its forward."""
        found: list[Kind] = []
        for atom in receiver:
            own = isinstance(atom, Class) and self.knowledge.family(atom.name) == "PyLayer"
            forward = self.knowledge.method(atom.name, "forward") if own and isinstance(atom, Class) else None
            if forward is not None:
                self.learn(forward, [NOTHING, *arguments], {str(name): kind for name, kind in keywords.items()})
                found.append(self.knowledge.result(forward) - UNKNOWN or TENSOR)
        return join(*found)

    def learn(self, function: str, arguments: list[Kind], keywords: dict[str, Kind]) -> None:
        node = self.knowledge.functions.get(function)
        if node is None:
            return
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        for name, kind in [*zip(names, arguments, strict=False), *keywords.items()]:
            if kind:
                self.knowledge.learn_argument(function, name, kind)

    def api_result(self, path: str, arguments: list[Kind]) -> Kind:
        if path in PASSING and arguments:
            return arguments[0]
        rule = self.knowledge.rules.get(path)
        if rule is not None:
            kind = made_by(rule)
            container = any(isinstance(a, Instance) and a.of in CONTAINERS for a in kind)
            return NOTHING if container and arguments else kind
        module, _, name = path.partition(".")
        if module == "numpy":
            return ARRAY
        if module == "builtins":
            return self.builtin(name, arguments)
        return PLAIN if module in FOREIGN else UNKNOWN

    def builtin(self, name: str, arguments: list[Kind]) -> Kind:
        if name == "super":
            bases = self.knowledge.bases.get(self.owner, [])
            return join(*(frozenset({Object(a.name)}) for b in bases for a in b if isinstance(a, Class))) or UNKNOWN
        if name == "enumerate" and arguments:
            return frozenset({Many(many_of(PLAIN, element(arguments[0])))})
        if name == "zip":
            return frozenset({Many(many_of(*map(element, arguments)))})
        if name in ("list", "tuple", "reversed", "sorted", "iter", "set") and arguments:
            return frozenset({Many(element(arguments[0]))})
        if name in ("next", "sum") and arguments:
            return element(arguments[0])
        if name in ("max", "min") and arguments:
            return join(*arguments) if len(arguments) > 1 else element(arguments[0])
        if name == "abs" and arguments:
            return arguments[0]
        if name in ("getattr", "map", "filter", "vars", "eval", "globals", "locals"):
            return UNKNOWN
        return PLAIN
