"""The review desk, without its pages: what reviewers need to know, may change, and leave behind."""
