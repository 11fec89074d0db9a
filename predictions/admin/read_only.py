"""Rows that are written by the engine alone."""


class ReadOnly:
    """They can be read and deleted."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
