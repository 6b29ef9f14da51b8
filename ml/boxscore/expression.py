"""Questions about the sample: ``pts + reb + ast > 34.5``, ``double_double``.

An expression is arithmetic, comparison and ``and``/``or``/``not`` over the columns of
a player's box score. It is read as a syntax tree of which every node is known; nothing
is executed that is not listed here.
"""

from __future__ import annotations

import ast
import operator
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
    if len(expression) > _LONGEST:
        raise SettingsError(f"an expression has at most {_LONGEST} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SettingsError(
            f"{expression!r} cannot be read: {error}", "such as: pts + reb > 30.5"
        ) from error
    value = np.asarray(_value(tree.body, sample))
    return np.broadcast_to(value, sample.plays.shape)


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
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        return _named(node.id, sample)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left, sample), _value(node.right, sample)
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp | ast.BoolOp):
        return _logic(node, sample)
    if isinstance(node, ast.Compare) and {type(op) for op in node.ops} <= set(_COMPARE):
        values = [_value(part, sample) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        held = [_COMPARE[type(op)](one, other) for op, one, other in pairs]
        return np.logical_and.reduce(np.broadcast_arrays(*held))
    raise _stranger(ast.unparse(node))


def _named(name: str, sample: BoxSample) -> Values:
    if name in _NAMED:
        tens = [column(sample, part) >= 10 for part in _DOUBLES]
        return np.asarray(np.sum(tens, axis=0) >= _NAMED[name])
    if name in BOX or name in COMBINATIONS:
        return column(sample, name)
    raise _stranger(name)


def _logic(node: ast.UnaryOp | ast.BoolOp, sample: BoxSample) -> Values:
    if isinstance(node, ast.BoolOp):
        parts = [_boolean(value, sample) for value in node.values]
        joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(joined.reduce(np.broadcast_arrays(*parts)))
    if isinstance(node.op, ast.Not):
        return np.asarray(~_boolean(node.operand, sample))
    if isinstance(node.op, ast.USub):
        return np.asarray(-np.asarray(_value(node.operand, sample)))
    raise _stranger(ast.unparse(node))


def _stranger(text: str) -> SettingsError:
    known = ", ".join((*BOX, *COMBINATIONS, *_NAMED))
    return SettingsError(
        f"{text!r} is not part of an expression",
        f"columns are {known}; operators + - * > >= < <= == != and or not",
    )


def _boolean(node: ast.AST, sample: BoxSample) -> Values:
    value = np.asarray(_value(node, sample))
    if value.dtype != np.bool_:
        raise SettingsError(f"{ast.unparse(node)!r} is a number, not a yes or no")
    return value
