"""tipoff: point-in-time NBA forecasts, each as a distribution."""

import os

# Before NumPy is loaded: see `ml.system.blas`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
