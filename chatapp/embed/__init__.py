"""The chat in a frame on other people's pages: who may frame it, and whose the frame's words are.

`origins` says which pages, `colours` how it looks there, `tokens` who visits, `identity` whom the
host's server vouches for, `limits` how much. There is no cookie in it, and nothing that the page
around it says is believed but what is signed.
"""
