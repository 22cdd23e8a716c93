# SPDX-License-Identifier: MIT
"""A small web application. It needs bottle, which the host may lack.

GET /           shows its Python version and its host name
GET /eat/64     allocates 64 MiB of memory, to test limits
"""
import os
import platform
import sys

import bottle

kept = []


@bottle.get("/")
def hello():
    python = platform.python_version()
    return f"Python {python}, bottle {bottle.__version__}, on {os.uname().nodename}\n"


@bottle.get("/eat/<mebibytes:int>")
def eat(mebibytes):
    kept.append(b"x" * (mebibytes << 20))
    return f"{sum(map(len, kept)) >> 20} MiB kept\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(hello(), end="")
    else:
        bottle.run(host="0.0.0.0", port=int(os.environ.get("PORT", "80")))
