"""Fit the models of box scores on what was known at a moment, for the registry."""

from ml.console import run_job
from ml.pipeline.train_player_model import train_player_model

if __name__ == "__main__":
    run_job(train_player_model)
