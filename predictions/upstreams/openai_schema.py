"""What an OpenAI-compatible model takes: one prompt, or a conversation's messages."""

from .schemas import streaming_schema

MESSAGE = {
    "type": "object",
    "properties": {
        "role": {"type": "string", "enum": ["system", "user", "assistant"]},
        "content": {"type": "string"},
    },
    "required": ["role", "content"],
}

SCHEMA = streaming_schema(
    {
        "prompt": {
            "type": "string",
            "title": "Prompt",
            "description": "What to say to the model. It comes after the messages.",
        },
        "system_prompt": {
            "type": "string",
            "title": "System prompt",
            "description": "How the model should behave.",
        },
        "messages": {
            "type": "array",
            "items": MESSAGE,
            "title": "Messages",
            "description": "The conversation so far, oldest first.",
        },
        "max_tokens": {
            "type": "integer",
            "title": "Max tokens",
            "minimum": 1,
            "description": "The most tokens to answer with.",
        },
        "temperature": {
            "type": "number",
            "title": "Temperature",
            "minimum": 0,
            "maximum": 2,
            "description": "0 always takes the likeliest word; more is more varied.",
        },
        "top_p": {
            "type": "number",
            "title": "Top p",
            "minimum": 0,
            "maximum": 1,
            "description": "Choose among the likeliest words that add up to this probability.",
        },
        "seed": {
            "type": "integer",
            "title": "Seed",
            "description": "The same seed asks for the same answer again, where the server can.",
        },
        "stop": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 4,
            "title": "Stop",
            "description": "Texts at which the answer ends.",
        },
    }
)
