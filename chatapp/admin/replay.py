"""An answer played again at the speed at which it was written."""

urls = []
