"""Player impact: who was on court, what happened, and what each player is worth."""

from __future__ import annotations
