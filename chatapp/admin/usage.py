"""Usage: how much, how fast, what it cost."""

urls = []
