"""What the tests with the official clients ask for, most of the time."""

MODEL = "meta/llama-2-70b-chat"
INPUT = {"prompt": "Tell me a story", "max_new_tokens": 5, "seed": 1}
LONG = INPUT | {"max_new_tokens": 300}
