"""What goes over the wire: request bodies, and the objects that answer (Replicate's HTTP API)."""
