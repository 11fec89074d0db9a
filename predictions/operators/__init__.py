"""The operator's side of upstreams: entered, synced, tried out, and what is wrong with them.

The admin and `manage.py upstream` are two faces of this.
"""
