"""Whole box scores: who plays, for how long, and one coherent sample of lines a game.

``stats`` names what is forecast; ``candidates`` describes the rows; ``availability``,
``minutes`` and ``rates`` learn the three parts; ``walk`` forecasts the past honestly
and ``model`` holds them together; ``sheet`` is what they say of one game; ``sample``
draws box scores from it; ``summary``, ``expression`` and ``what_if`` read them.
"""
