"""What the built-in model takes."""

from predictions.upstreams.schemas import streaming_schema

MOST_WORDS = 4096

SCHEMA = streaming_schema(
    {
        "prompt": {
            "type": "string",
            "title": "Prompt",
            "description": "What to say. The Llama 2 chat template is understood.",
        },
        "system_prompt": {
            "type": "string",
            "title": "System prompt",
            "description": "Taken politely, and only shown in the logs.",
            "default": "",
        },
        "max_new_tokens": {
            "type": "integer",
            "title": "Max new tokens",
            "description": "The most words and marks to answer with.",
            "minimum": 1,
            "maximum": MOST_WORDS,
            "default": 1024,
        },
        "temperature": {
            "type": "number",
            "title": "Temperature",
            "description": "At 0 the same prompt always gets the same answer.",
            "minimum": 0,
            "maximum": 5,
            "default": 0.7,
        },
        "seed": {
            "type": "integer",
            "title": "Seed",
            "description": "The same seed gives the same answer. Leave it out for a random one.",
        },
        "fail_after": {
            "type": "integer",
            "title": "Fail after",
            "description": "Fail after that many words, to see what a failure looks like.",
            "minimum": 0,
            "maximum": MOST_WORDS,
        },
    },
    required=("prompt",),
)
