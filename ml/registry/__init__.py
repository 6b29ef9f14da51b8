"""The registry: every trained model in a folder of its own, and which one serves."""

from ml.registry.aliases import (
    Aliases,
    Entry,
    challenge,
    promote,
    read_aliases,
    refuse,
    roll_back,
    set_aside_damaged,
)
from ml.registry.choice import load_card, model_before, team_model_before
from ml.registry.folders import (
    KINDS,
    PLAYER,
    TEAM,
    Storable,
    last_date,
    model_folders,
    named_folder,
    store_model,
    store_team_model,
)
from ml.registry.validation import validate_model

__all__ = [
    "KINDS",
    "PLAYER",
    "TEAM",
    "Aliases",
    "Entry",
    "Storable",
    "challenge",
    "last_date",
    "load_card",
    "model_before",
    "model_folders",
    "named_folder",
    "promote",
    "read_aliases",
    "refuse",
    "roll_back",
    "set_aside_damaged",
    "store_model",
    "store_team_model",
    "team_model_before",
    "validate_model",
]
