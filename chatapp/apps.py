from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chatapp"
    verbose_name = "Chat"

    def ready(self) -> None:
        from . import hearing, upkeep

        hearing.begin()
        upkeep.begin()
