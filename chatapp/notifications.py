"""The doorbell: tells open pages that a conversation has changed. It carries no words."""

from django.db import transaction

from predictions import bus


def ring(conversation) -> None:
    """Ring, once what was changed is committed, at whoever has the conversation and at its
    readers. It may be missed: a page that comes back looks by itself."""
    rooms = (conversation.room, f"conversation:{conversation.id}")

    def tell() -> None:
        for room in rooms:
            bus.ring(room)

    transaction.on_commit(tell)
