"""What a chat model takes: one prompt, or a conversation's messages, and how to choose words.

The kinds of upstream share the names; each takes the options that its protocol knows.
"""

from .schemas import streaming_schema

MESSAGE = {
    "type": "object",
    "properties": {
        "role": {"type": "string", "enum": ["system", "user", "assistant"]},
        "content": {"type": "string"},
        "images": {
            "type": "array",
            "items": {"type": "string", "format": "uri"},
            "description": "Images that go with it: data: URIs, or https URLs.",
        },
    },
    "required": ["role", "content"],
}

WORDS = {
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
}

OPTIONS = {
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
    "top_k": {
        "type": "integer",
        "title": "Top k",
        "minimum": 1,
        "description": "Choose among so many of the likeliest words.",
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
    "num_ctx": {
        "type": "integer",
        "title": "Context length",
        "minimum": 1,
        "description": "How many tokens of the conversation the model sees, its answer included.",
    },
    "think": {
        "type": "boolean",
        "title": "Think",
        "description": "Whether to think before the answer, where the model can.",
    },
    "thinking": {
        "type": "integer",
        "title": "Thinking budget",
        "minimum": 1024,
        "description": "The most tokens to think with before the answer. Empty: no thinking.",
    },
}


def chat_schema(*options: str, **changes: dict) -> dict:
    """The `openapi_schema` of a chat model with these of the OPTIONS, in this order; `changes`
    give an option other facts (`max_tokens={"default": 4096}`)."""
    chosen = {name: {**OPTIONS[name], **changes.get(name, {})} for name in options}
    return streaming_schema({**WORDS, **chosen})
