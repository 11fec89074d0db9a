import hashlib

from cog import BasePredictor, Path


class Predictor(BasePredictor):
    def predict(self, image: Path) -> str:
        return f"{hashlib.sha256(image.read_bytes()).hexdigest()} {image.suffix}"
