"""Fit the team model on what was known at a moment, and keep it in the registry."""

from ml.console import run_job
from ml.pipeline.train_team_model import train_team_model

if __name__ == "__main__":
    run_job(train_team_model)
