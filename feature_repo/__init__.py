"""The Feast repository: ``feast apply`` and ``feast materialize`` run in here."""
