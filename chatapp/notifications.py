"""The doorbell's button: tells open pages which conversation has changed. It carries no words."""

from django.db import transaction

from predictions import bus


def ring(conversation) -> None:
    """Ring, once what was changed is committed, at whoever has the conversation and at its
    readers. It may be missed: a page that comes back looks by itself."""
    id = str(conversation.id)
    rooms = (conversation.room, readers_of(id))

    def tell() -> None:
        for room in rooms:
            bus.ring(room, id)

    transaction.on_commit(tell)


def readers_of(conversation_id) -> str:
    """The room of those who read it by a link."""
    return f"conversation:{conversation_id}"
