"""Makes the torch expression of a call by its rule, with the order, comments and line breaks of its arguments kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, final

import libcst as cst

from ._conditions import asked_of, holds, is_none, literal, text_of
from ._marks import Unported
from ._rows import Line, Parameter, Rule
from ._template import Fill, Rebuild, Spell, folded, grouped, main_call, names_in, parsed, respelled
from ._values import SPELLINGS

IGNORED = "name"
"""An argument of every function of Paddle, which names an operation of a graph."""


POSITIONAL = frozenset({"dim", "start_dim", "kernel_size"})
"""Keywords that may be left out where the source says the value by position: torch has them in that place."""


@final
@dataclass(frozen=True)
class Slot:
    """An argument of the right side: its keyword, and the parameter that it takes, if it is no more than that."""

    argument: cst.Arg
    keyword: str | None
    parameter: str | None
    always: bool

    @property
    def value(self) -> cst.BaseExpression:
        """What stands there, without the sign that says always."""
        value = self.argument.value
        return value.expression if self.always and isinstance(value, cst.UnaryOperation) else value


def build(rule: Rule, arguments: Sequence[cst.Arg], spell: Spell) -> cst.BaseExpression:
    """The expression. `Unported` where an argument has no place in it."""
    bound = bind(rule, arguments)
    values = {name: args[0].value for name, args in bound.items() if args}
    for line in rule.lines:
        if holds(line.condition, values):
            return _filled(rule, line, arguments, bound, spell)
    raise Unported(f"{rule.name} has no rule for these arguments", "see the table of rules")


def bind(rule: Rule, arguments: Sequence[cst.Arg]) -> dict[str, list[cst.Arg]]:
    """What each parameter is given."""
    parameters = rule.parameters or ()
    known = {parameter.name: parameter for parameter in parameters}
    bound: dict[str, list[cst.Arg]] = {}
    positional = [p for p in parameters if not p.starred]
    star = next((p for p in parameters if p.starred), None)
    index = 0
    for argument in arguments:
        if argument.keyword is not None:
            name = argument.keyword.value
            if name != IGNORED and name not in known:
                raise Unported(f"{rule.name} has no rule for its argument '{name}'")
            bound.setdefault(name, []).append(argument)
        elif argument.star == "**" or (argument.star and not star):
            raise Unported(
                f"what {argument.star}{text_of(argument.value)} holds is not known", "write the arguments out"
            )
        elif star is not None and (argument.star or index >= _before(parameters)):
            bound.setdefault(star.name, []).append(argument)
        elif index < len(positional):
            bound.setdefault(positional[index].name, []).append(argument)
            index += 1
        elif index == len(positional) and not star:
            index += 1  # the name, by position
            value = literal(argument.value)  # True for a name is torch's `inplace`, as in `nn.ReLU(True)`
            if (
                not isinstance(value, str)
                and not is_none(argument.value)
                and (parameters or not isinstance(value, bool))
            ):
                raise Unported(f"{rule.name} has no rule for so many arguments")
        else:
            raise Unported(f"{rule.name} has no rule for so many arguments")
    for parameter in parameters:  # None where the default is said by name, and None stands for it
        given = bound.get(parameter.name)
        if given and parameter.default not in (None, "None") and is_none(given[0].value):
            del bound[parameter.name]
    return bound


def _before(parameters: Sequence[Parameter]) -> int:
    return next((i for i, p in enumerate(parameters) if p.starred), len(parameters))


def _filled(
    rule: Rule, line: Line, arguments: Sequence[cst.Arg], bound: Mapping[str, list[cst.Arg]], spell: Spell
) -> cst.BaseExpression:
    template = parsed(line.target)
    known = {p.name: p for p in rule.parameters or ()}
    main = main_call(template)
    slots = tuple(map(_slot_of(known), main.args)) if main is not None else ()
    mentioned = names_in(template) | asked_of(line.condition)
    for name, args in bound.items():
        if name in mentioned or name in (IGNORED, "self"):
            continue
        default = known[name].default
        if default is None or text_of(args[0].value).replace('"', "'") != default:
            raise Unported(f"{rule.name} has no rule for {name}={text_of(args[0].value)}")
    values = {name: _spelled(known.get(name), args[0].value, spell) for name, args in bound.items() if args}
    defaults = {p.name: cst.parse_expression(p.default) for p in known.values() if p.default is not None}
    needed = {name for name in names_needed(template, slots) & known.keys() if not known[name].starred}
    if missing := needed - values.keys() - defaults.keys():
        raise Unported(f"{rule.name} is called without '{min(missing)}'")
    fill = Fill({**defaults, **values}, spell)
    several = {name for name, parameter in known.items() if parameter.starred}
    made = [] if main is None else _arguments(slots, arguments, bound, values, defaults, fill, several)
    return cast(cst.BaseExpression, template.visit(Rebuild(main, made, fill)))


def _slot_of(known: Mapping[str, Parameter]) -> Callable[[cst.Arg], Slot]:
    def slot(argument: cst.Arg) -> Slot:
        value, always = argument.value, False
        if isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Plus):
            value, always = value.expression, True
        simple = isinstance(value, cst.Name) and value.value in known
        keyword = argument.keyword.value if argument.keyword else None
        return Slot(argument, keyword, value.value if simple and isinstance(value, cst.Name) else None, always)

    return slot


def _arguments(
    slots: Sequence[Slot],
    arguments: Sequence[cst.Arg],
    bound: Mapping[str, list[cst.Arg]],
    values: Mapping[str, cst.BaseExpression],
    defaults: Mapping[str, cst.BaseExpression],
    fill: Fill,
    several: set[str],
) -> list[cst.Arg]:
    """In the order of the source where torch allows it, then what has to be said and was not."""
    owner = {id(argument): name for name, args in bound.items() for argument in args}
    by_parameter = {slot.parameter: slot for slot in slots if slot.parameter is not None}
    places = {id(slot): index for index, slot in enumerate(slots)}
    made: list[cst.Arg] = []
    done: set[int] = set()
    for argument in arguments:
        name = owner.get(id(argument))
        slot = by_parameter.get(name) if name is not None else None
        if name is None or slot is None:
            continue
        plain = all(each.keyword is None for each in made)
        value = argument.value if argument.star else values[name] if len(bound[name]) == 1 else argument.value
        if slot.argument.star and not argument.star and name not in several:  # one argument, which holds them
            made.append(cst.Arg(grouped(value), star="*", comma=argument.comma))
        elif slot.argument.star:
            made.append(argument)
        elif slot.keyword is None and (not plain or places[id(slot)] != len(made)):
            return _in_the_order_of_the_table(slots, values, defaults, fill)
        elif slot.keyword is None or (
            plain and argument.keyword is None and places[id(slot)] == len(made) and slot.keyword in POSITIONAL
        ):
            made.append(argument.with_changes(value=value, keyword=None, equal=cst.MaybeSentinel.DEFAULT))
        else:
            made.append(_named(argument, slot.keyword, value))
        done.add(id(slot))
    if made and any(slot.keyword is None and id(slot) not in done for slot in slots):
        return _in_the_order_of_the_table(slots, values, defaults, fill)
    for slot in slots:
        if id(slot) not in done and (unsaid := _unsaid(slot, values, defaults, fill)) is not None:
            made.append(_argument(slot.keyword, unsaid))
    return _separated(made)


def _in_the_order_of_the_table(
    slots: Sequence[Slot],
    values: Mapping[str, cst.BaseExpression],
    defaults: Mapping[str, cst.BaseExpression],
    fill: Fill,
) -> list[cst.Arg]:
    made: list[cst.Arg] = []
    for slot in slots:
        said: cst.BaseExpression | None = values.get(slot.parameter) if slot.parameter else None
        placed = said or _unsaid(slot, values, defaults, fill)
        if placed is not None:
            made.append(_argument(slot.keyword, placed))
    return _separated(made)


def _unsaid(
    slot: Slot, values: Mapping[str, cst.BaseExpression], defaults: Mapping[str, cst.BaseExpression], fill: Fill
) -> cst.BaseExpression | None:
    """What a slot holds that no argument of the source went into; None if torch's default says it."""
    if slot.parameter is not None:
        return fill.spelled(defaults[slot.parameter]) if slot.always and slot.parameter in defaults else None
    needed = names_in(slot.value) & fill.values.keys()
    if needed and not slot.always and not needed & values.keys():
        return None
    return folded(fill(slot.value))


def _named(argument: cst.Arg, keyword: str, value: cst.BaseExpression) -> cst.Arg:
    if argument.keyword is not None:
        return argument.with_changes(keyword=argument.keyword.with_changes(value=keyword), value=value)
    return argument.with_changes(keyword=cst.Name(keyword), equal=_EQUAL, value=value)


def _argument(keyword: str | None, value: cst.BaseExpression) -> cst.Arg:
    return cst.Arg(value, keyword=cst.Name(keyword), equal=_EQUAL) if keyword else cst.Arg(value)


_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _separated(arguments: list[cst.Arg]) -> list[cst.Arg]:
    """With commas between, in the way of those that are there."""
    for index, argument in enumerate(arguments[:-1]):
        comma = argument.comma
        if not isinstance(comma, cst.Comma):
            earlier = arguments[index - 1].comma if index else None
            arguments[index] = argument.with_changes(comma=earlier if isinstance(earlier, cst.Comma) else _COMMA)
        elif isinstance(comma.whitespace_after, cst.SimpleWhitespace) and not comma.whitespace_after.value:
            arguments[index] = argument.with_changes(comma=_COMMA)
    if arguments and isinstance(arguments[-1].comma, cst.Comma):
        space = arguments[-1].comma.whitespace_after
        if isinstance(space, cst.SimpleWhitespace) and space.value:
            arguments[-1] = arguments[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return arguments


def _spelled(parameter: Parameter | None, value: cst.BaseExpression, spell: Spell) -> cst.BaseExpression:
    """The value as torch spells it, if the kind of its parameter tells."""
    if parameter is None or parameter.spelling is None:
        return value
    text = SPELLINGS[parameter.spelling](value)
    return value if text is None else respelled(text, spell)


def names_needed(template: cst.BaseExpression, slots: Sequence[Slot]) -> set[str]:
    """The names without which nothing can be written."""
    optional = {slot.parameter for slot in slots if slot.keyword is not None and not slot.always}
    return names_in(template) - {name for name in optional if name}
