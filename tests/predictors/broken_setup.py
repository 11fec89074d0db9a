from cog import BasePredictor, ConcatenateIterator


class Predictor(BasePredictor):
    def setup(self) -> None:
        raise RuntimeError("no weights here")

    def predict(self) -> ConcatenateIterator[str]:
        yield "never"
