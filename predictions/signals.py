"""What the engine tells whoever listens in its process."""

from django.dispatch import Signal

# A run of this process is over: its prediction has ended, or was given up here. Sent on a thread of
# its own with `prediction_id`, after the commit; it is missed where the process dies before, so
# receivers must find by themselves what they were not told.
run_over = Signal()
