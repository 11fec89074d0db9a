"""Conversations and their messages: a message is a turn in a tree, an answer is a prediction."""
