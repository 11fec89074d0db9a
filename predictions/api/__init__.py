"""The HTTP API under `/v1`, in the contract of Replicate's predictions API."""

from .routes import api

__all__ = ["api"]
