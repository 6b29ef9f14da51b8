"""Questions about the sample: ``pts + reb + ast > 34.5``, ``double_double``.

An expression is arithmetic, comparison and ``and``/``or``/``not`` over the columns of
a player's box score. It is read as a syntax tree of which every node is known; nothing
is executed that is not listed here.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX, COMBINATIONS
from ml.boxscore.summary import column
from ml.errors import SettingsError

Values = npt.NDArray[Any]

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
# Ten or more in so many of these columns.
_DOUBLES = ("pts", "reb", "ast", "stl", "blk")
_NAMED = {"double_double": 2, "triple_double": 3}
_LONGEST = 500
_DEEPEST = 40
# So much of a bad expression is told.
_TOLD = 60
# Of numbers and of every value between: no count of a box score comes near it.
LARGEST = 1_000_000


def evaluate(sample: BoxSample, expression: str) -> Values:
    """Return an expression's value in every draw for every player.

    Parameters
    ----------
    sample : BoxSample
        The draws.
    expression : str
        Columns of a box score, ``pra``-like sums, ``double_double``,
        ``triple_double``, numbers, ``+ - *``, comparisons, ``and or not``, brackets.

    Returns
    -------
    ndarray, shape (n_draws, n_players)
        Numbers or booleans.

    Raises
    ------
    SettingsError
        If the expression cannot be read or holds anything else.
    """
    tree = read_expression(expression)
    value = np.asarray(_value(tree, sample))
    return np.broadcast_to(value, sample.plays.shape)


def read_expression(expression: str) -> ast.expr:
    """Read an expression without computing it.

    Raises
    ------
    SettingsError
        If it cannot be read, is too long or too deep, or holds a number beyond
        `LARGEST`.
    """
    if len(expression) > _LONGEST:
        raise SettingsError(f"an expression has at most {_LONGEST} characters")
    try:
        with warnings.catch_warnings():
            # Of Python's own about what it reads, such as `1 is 1`.
            warnings.simplefilter("ignore")
            tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SettingsError(
            f"{expression[:_TOLD]!r} cannot be read: {error or 'it is too deep'}",
            "such as: pts + reb > 30.5",
        ) from error
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            break
    else:
        raise SettingsError(
            f"an expression has at most {_DEEPEST} operations, one within another"
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            _number(node.value)
    if not any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        raise SettingsError(
            f"{expression[:_TOLD]!r} names no column of a box score",
            "such as: pts + reb > 30.5",
        )
    return tree


def _number(value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _stranger(repr(value))
    if not abs(value) <= LARGEST:
        raise SettingsError(
            f"{str(value)[:20]} is out of range", f"numbers reach {LARGEST:,}"
        )
    return value


def probability(
    sample: BoxSample, player_id: int, expression: str, *, given_plays: bool = True
) -> float:
    """Return P(an expression holds) for one player.

    Parameters
    ----------
    sample : BoxSample
        The draws of his game.
    player_id : int
        Who.
    expression : str
        A comparison, as `evaluate` reads it.
    given_plays : bool
        Whether draws in which he does not play are left out (a bet on him is void).

    Raises
    ------
    SettingsError
        If he is not in the sample, never plays in it, or the expression is a number.
    """
    who = np.flatnonzero(sample.player_id == player_id)
    if len(who) != 1:
        raise SettingsError(f"player {player_id} is not in game {sample.game_id}")
    held = evaluate(sample, expression)[:, who[0]]
    if held.dtype != np.bool_:
        raise SettingsError(
            f"{expression!r} is a number, not a yes or no",
            f"such as: {expression} > 10.5",
        )
    plays = sample.plays[:, who[0]]
    if not given_plays:
        return float((held & plays).mean())
    if not plays.any():
        raise SettingsError(f"player {player_id} does not play in any draw")
    return float(held[plays].mean())


def _value(node: ast.AST, sample: BoxSample) -> Any:
    if isinstance(node, ast.Constant):
        return _number(node.value)
    if isinstance(node, ast.Name):
        return _named(node.id, sample)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _numeric(node.left, sample), _numeric(node.right, sample)
        return _in_range(node, _BINARY[type(node.op)](left, right))
    if isinstance(node, ast.UnaryOp | ast.BoolOp):
        return _logic(node, sample)
    if isinstance(node, ast.Compare) and {type(op) for op in node.ops} <= set(_COMPARE):
        held: Any = True
        left = _numeric(node.left, sample)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = _numeric(part, sample)
            held = np.logical_and(held, _COMPARE[type(op)](left, right))
            left = right
        return held
    raise _stranger(ast.unparse(node))


def _in_range(node: ast.AST, value: Any) -> Any:
    """Refuse what is too large; two values in range multiply without overflow."""
    if np.abs(value).max(initial=0) > LARGEST:
        raise SettingsError(
            f"{ast.unparse(node)[:_TOLD]!r} is out of range",
            f"values reach {LARGEST:,}",
        )
    return value


def _named(name: str, sample: BoxSample) -> Values:
    if name in _NAMED:
        tens = [column(sample, part) >= 10 for part in _DOUBLES]
        return np.asarray(np.sum(tens, axis=0) >= _NAMED[name])
    if name in BOX or name in COMBINATIONS:
        return column(sample, name)
    raise _stranger(name)


def _logic(node: ast.UnaryOp | ast.BoolOp, sample: BoxSample) -> Values:
    if isinstance(node, ast.BoolOp):
        joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        held = _boolean(node.values[0], sample)
        for value in node.values[1:]:
            held = joined(held, _boolean(value, sample))
        return np.asarray(held)
    if isinstance(node.op, ast.Not):
        return np.asarray(~_boolean(node.operand, sample))
    if isinstance(node.op, ast.USub):
        return np.asarray(-_numeric(node.operand, sample))
    raise _stranger(ast.unparse(node))


def _stranger(text: str) -> SettingsError:
    known = ", ".join((*BOX, *COMBINATIONS, *_NAMED))
    return SettingsError(
        f"{text[:_TOLD]!r} is not part of an expression",
        f"columns are {known}; operators + - * > >= < <= == != and or not",
    )


def _boolean(node: ast.AST, sample: BoxSample) -> Values:
    value = np.asarray(_value(node, sample))
    if value.dtype != np.bool_:
        raise SettingsError(f"{ast.unparse(node)!r} is a number, not a yes or no")
    return value


def _numeric(node: ast.AST, sample: BoxSample) -> Values:
    value = np.asarray(_value(node, sample))
    if value.dtype == np.bool_:
        raise SettingsError(
            f"{ast.unparse(node)!r} is a yes or no, not a number",
            "join such with and, or, not",
        )
    return value
