from cog import BasePredictor, ConcatenateIterator


class Predictor(BasePredictor):
    def predict(self) -> ConcatenateIterator[str]:
        yield "one "
        yield "two "
        raise ValueError("secret detail")
