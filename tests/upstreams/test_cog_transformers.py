"""A predict.py with transformers. They are large, so without them (as in CI) this is skipped."""

import importlib.util
import itertools

import pytest

from .cog_servers import wrapped
from .listening import hear

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("torch", "transformers")),
    reason="torch and transformers are not installed: pip install torch transformers",
)


@pytest.fixture
def tiny_model(tmp_path):
    """A Llama with random weights and a word for each of a hundred numbers."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = {word: n for n, word in enumerate(["<end>", "<odd>", *(f"w{n}" for n in range(98))])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<odd>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path / "tiny"
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", unk_token="<odd>", pad_token="<end>"
    )
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=8,
        num_attention_heads=4,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("default")
def test_the_words_of_a_transformers_model_come_one_by_one(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAT_MODEL", str(tiny_model))

    with wrapped("transformers_chat.py", "Predictor", tmp_path / "home") as server:
        input = {"prompt": "w1 w2 w3", "max_new_tokens": 40, "temperature": 0}
        heard = hear("cog", server.url, "predictor", input)
        again = hear("cog", server.url, "predictor", input)

    assert heard.error is None
    assert len(heard.words) >= 30
    assert again.text == heard.text
    steps = [later - earlier for earlier, later in itertools.pairwise(heard.word_times)]
    assert sum(step > 0.0005 for step in steps) > len(steps) / 2, "the words came in lumps"
