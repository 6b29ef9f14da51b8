"""The jobs: each reads as the pipeline and runs with ``python -m``."""
