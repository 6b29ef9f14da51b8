"""The joint sample: complete box scores of one game, drawn so that everything adds up.

``stats`` names what is forecast; ``game_input`` is what the models say of one game;
``sample`` draws box scores from it, by ``minutes_allocation``, ``overtime`` and
``shooting``; ``summary`` and ``query`` read them.
"""
