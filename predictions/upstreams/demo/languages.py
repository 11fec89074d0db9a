"""A few words in other languages, and the admission that there are no more."""

# ruff: noqa: RUF001 - these are other scripts, not slips

import re

CHINESE_STORY = (
    "从前，有一条小溪住在山谷里。它很小，小到连村里的孩子都能一步跨过去。小溪总觉得自己没有用处。\n\n"
    "有一年夏天，很久没有下雨，大河也干了。只有小溪还在石头下面轻轻地流着，一点一点，从不停下。"
    "村里的人就靠着它的水，种活了所有的菜。\n\n"
    "秋天来了，雨也来了。大河又变得又宽又响。可是每天傍晚，孩子们还是到小溪边坐一会儿，"
    "听它一个字一个字地讲故事。"
)
CHINESE = (
    "你好{name}！我是内置的演示程序，按简单的规则回答，不是真正的语言模型，所以听不懂太多中文。"
    "你可以让我“讲个故事”，或者用英文说 “help”。要得到真正的回答，请连接一个真正的模型。"
)
OTHERS = [
    (
        re.compile(r"[\u3040-\u30ff]"),
        "こんにちは。私は規則で動くデモで、本物の言語モデルではありません。日本語はこれだけです。",
    ),
    (
        re.compile(r"[\uac00-\ud7af]"),
        "안녕하세요. 저는 규칙으로 움직이는 데모이며 진짜 언어 모델이 아닙니다. "
        "한국어는 여기까지입니다.",
    ),
    (
        re.compile(r"[\u0400-\u04ff]"),
        "Здравствуйте. Я демонстрация, работающая по правилам, а не языковая модель. "
        "По-русски я больше ничего не умею.",
    ),
    (
        re.compile(r"[\u0600-\u06ff]"),
        "مرحبا. أنا عرض بسيط يعمل بقواعد ثابتة ولست نموذجا لغويا. هذا كل ما أعرفه بالعربية.",
    ),
    (
        re.compile(r"\b(?:hola|gracias|cuéntame|qué|cómo|por favor|buenos|me llamo)\b", re.I),
        "¡Hola! Soy una demostración con reglas sencillas, no un modelo de lenguaje, "
        "y este es todo mi español.",
    ),
    (
        re.compile(r"\b(?:bonjour|salut|merci|raconte|s'il (?:te|vous)|je m'appelle)\b", re.I),
        "Bonjour ! Je suis une démonstration à base de règles, pas un modèle de langage, "
        "et voilà tout mon français.",
    ),
    (
        re.compile(r"\b(?:hallo|guten (?:tag|morgen)|erzähl|danke|bitte|ich|heiße)\b", re.I),
        "Hallo! Ich bin eine Vorführung mit einfachen Regeln, kein Sprachmodell, "
        "und mehr Deutsch kann ich nicht.",
    ),
]
IN_ENGLISH = "\n\n(I am a rule-based stand-in and answer in English only. Say “help” to see how.)"


def foreign_answer(text: str, name: str) -> str:
    """An answer in the language of `text`, or "" where that seems to be English."""
    for pattern, words in OTHERS:
        if pattern.search(text):
            return words + IN_ENGLISH
    if re.search(r"[\u3400-\u9fff]", text):
        is_story = "故事" in text or "童话" in text
        return CHINESE_STORY if is_story else CHINESE.format(name=f"，{name}" if name else "")
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c > "\u024f" for c in letters) > len(letters) / 2:
        return "I cannot read this script, I am sorry." + IN_ENGLISH
    return ""
