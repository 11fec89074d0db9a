"""A Cog server that ends with the process that started it, however that one ends.

That process holds the other end of our standard input. When it is gone, also by kill -9, the pipe
is at its end, and so are we and our group. This imports nothing of Rivulet.
"""

import os
import runpy
import signal
import sys
import threading


def end_with(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


# Moved, so that Cog's worker does not read from it.
pipe = os.dup(0)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
threading.Thread(target=end_with, args=(pipe,), daemon=True).start()
sys.argv[0] = "cog.server.http"
sys.path.pop(0)  # this folder
runpy.run_module("cog.server.http", run_name="__main__", alter_sys=True)
