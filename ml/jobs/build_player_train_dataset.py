"""Write the training set of the player models, one Parquet file a season."""

from ml.console import run_job
from ml.pipeline.training_sets import build_player_train_dataset

if __name__ == "__main__":
    run_job(build_player_train_dataset)
