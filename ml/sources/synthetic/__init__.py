"""A simulated league with known truth, in the tables of the source contract."""

from ml.sources.synthetic.league import SimulationSummary, simulate_league
from ml.sources.synthetic.moments import compare_moments

__all__ = ["SimulationSummary", "compare_moments", "simulate_league"]
