from cog import BasePredictor, Input, Path, Secret


class Predictor(BasePredictor):
    """One input of each kind that a form can have; the answer says what came."""

    def predict(
        self,
        colour: str = Input(description="A choice", choices=["red", "green"], default="red"),
        steps: int = Input(description="A whole number", ge=1, le=10, default=5),
        scale: float = Input(ge=0.0, le=1.0, default=0.5),
        loud: bool = False,
        hint: str | None = Input(description="May be left out", default=None),
        file: Path = Input(description="A file"),
        tags: list[str] = Input(default=["a", "b"]),
        password: Secret = Input(description="Kept secret"),
        code: str = Input(regex="^[a-z]*$", max_length=4, default=""),
        size: int = Input(choices=[256, 512], default=256),
    ) -> str:
        came = [colour, steps, scale, loud, hint, tags, code, size]
        return f"{came} {file.read_text()} {password.get_secret_value()} {password}"
