"""A chat model of Hugging Face's transformers as a predictor whose words stream.

CHAT_MODEL is a folder (or a name on the hub); `pip install torch transformers` comes first:
    CHAT_MODEL=FOLDER .venv/bin/python manage.py cog tests/predictors/transformers_chat.py:Predictor
"""

import os
from threading import Thread

from cog import BasePredictor, ConcatenateIterator, Input
from transformers import AutoModelForCausalLM, AutoTokenizer, TextIteratorStreamer


class Predictor(BasePredictor):
    def setup(self) -> None:
        name = os.environ["CHAT_MODEL"]
        self.tokenizer = AutoTokenizer.from_pretrained(name)
        self.model = AutoModelForCausalLM.from_pretrained(name)

    def predict(
        self,
        prompt: str = Input(description="What to say to the model"),
        max_new_tokens: int = Input(ge=1, le=4096, default=256),
        temperature: float = Input(description="0: the likeliest word", ge=0, le=5, default=0.7),
    ) -> ConcatenateIterator[str]:
        chance = {"do_sample": True, "temperature": temperature} if temperature else {}
        words = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        options = {"max_new_tokens": max_new_tokens, "streamer": words, **chance}
        Thread(target=self.model.generate, kwargs=self.tokens(prompt) | options).start()
        yield from filter(None, words)

    def tokens(self, prompt: str) -> dict:
        if not self.tokenizer.chat_template:
            return dict(self.tokenizer(prompt, return_tensors="pt"))
        messages = [{"role": "user", "content": prompt}]
        return dict(
            self.tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"
            )
        )
