"""What is being answered now, as it is written, and Stop."""

urls = []
