"""Whole box scores: who plays, for how long, and one coherent sample of lines a game.

``stats`` names what is forecast; ``candidates`` describes the rows; ``availability``,
``minutes`` and ``rates`` learn the three parts; ``model`` holds them together; ``sheet``
is what they say of one game; ``sample`` draws box scores from it; ``expression`` and
``summary`` read them.
"""
