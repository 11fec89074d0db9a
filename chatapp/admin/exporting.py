"""Exports: what is selected or filtered, as a file."""

urls = []
