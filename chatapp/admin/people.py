"""Everything of one person: to take along, or to erase; with a receipt."""

urls = []
