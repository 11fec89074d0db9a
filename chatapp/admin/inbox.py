"""The inbox: what deserves a look."""

urls = []
