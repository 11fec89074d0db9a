"""README shows how a kind of upstream is added: its file is run here, and broken at every byte."""

import ast
import re
import sys
import types

from predictions.upstreams import KINDS
from tests.servers import ScriptedServer
from tests.test_readme import README, snippet

from .faults import EveryByte


def test_a_new_kind_of_upstream_is_one_file_and_one_line(monkeypatch):
    code = snippet("python", "class Plain")
    [(kind, entry)] = re.findall(r'`"(\w+)": (\(.*?\)),`', README)
    module = types.ModuleType("predictions.upstreams.plain")
    module.__package__ = "predictions.upstreams"
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(KINDS, kind, ast.literal_eval(entry))
    body = "data: One\n\ndata:  word\n\nevent: end\ndata:\n\n"
    route = {"body": body, "type": "text/event-stream", "is_faulty": True}

    with ScriptedServer({"POST /generate": route}) as server:
        answer = EveryByte(kind, server, body, end=len(body))
        answer.check_cut()
        answer.check_split()

    assert answer.whole.text == "One word"
