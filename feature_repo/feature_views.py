"""Feature views: one for every dbt model under ``models/features``."""

from ml.features.feast.home import home_definitions

# Feast registers what has a name in the module, not what stands in a list.
globals().update({item.name: item for item in home_definitions().views})
