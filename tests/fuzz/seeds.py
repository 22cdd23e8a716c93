#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes inputs to begin with: seeds.py DIRECTORY

The text fuzzers get a file for each string in the unit tests of the same subject, and the
documents get those of the tests' registry; tar gets small archives of each kind of member.
"""
import ast
import io
import pathlib
import re
import sys
import tarfile

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent
SOURCES = {
    "dockerfile": ["unit/build_test.cpp", "final/build_test.cpp"],
    "manifest": ["unit/registry_test.cpp", "final/image_test.cpp"],
    "reference": ["unit/registry_test.cpp", "final/registry_test.cpp"],
    "template": ["unit/template_test.cpp"],
    "dns": [],
    "tar": [],
}
RAW = r'R"\((.*?)\)"'
PLAIN = r'"(?:[^"\\\n]|\\.)*"'
DIGEST = '"sha256:' + "a" * 64 + '"'
DOCUMENTS = [
    '{"schemaVersion":2,"config":{"mediaType":"c","digest":%s,"size":2},"layers":['
    '{"mediaType":"l","digest":%s,"size":3}]}' % (DIGEST, DIGEST),
    '{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":%s,"size":4,"platform":'
    '{"os":"linux","architecture":"arm","variant":"v7"},"annotations":'
    '{"org.opencontainers.image.ref.name":"web:1"}}]}' % DIGEST,
    '{"architecture":"amd64","os":"linux","created":"2026-01-31T12:00:00.5Z","config":'
    '{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[%s]},"history":['
    '{"created_by":"x","empty_layer":true}]}' % DIGEST,
]
QUESTION = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\2db\7example\0\0\1\0\1"


def strings_in(path):
    """Returns the string literals of C++; adjacent ones are one."""
    text = (TESTS / path).read_text()
    for match in re.finditer(rf"(?:(?:{RAW}|{PLAIN})\s*)+", text, re.DOTALL):
        parts = re.findall(rf"{RAW}|({PLAIN})", match.group(0), re.DOTALL)
        try:
            yield "".join(raw or ast.literal_eval(plain) for raw, plain in parts)
        except (SyntaxError, ValueError):
            continue


def archive(mode, *entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT) as tar:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mtime = kind, target, 1.5
            if kind == tarfile.REGTYPE:
                entry.size = 5
                entry.pax_headers = {"SCHILY.xattr.user.a": "b"}
            tar.addfile(entry, io.BytesIO(b"bytes"))
    return out.getvalue()


def archives():
    file, link, hard = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
    tree = [("a", tarfile.DIRTYPE, ""), ("a/b", file, ""), ("c", link, "../a"),
            ("d", hard, "a/b"), ("c/e", file, ""), ("f", tarfile.FIFOTYPE, "")]
    marks = [("a/.wh.b", file, ""), ("a/.wh..wh..opq", file, ""), ("a/b/c", file, "")]
    outside = [("../x", file, ""), ("l", link, "/"), ("l/x", file, ""), ("y", hard, "l/z")]
    for entries in (tree, marks, outside):
        for mode in ("w", "w:gz", "w:bz2", "w:xz"):
            yield archive(mode, *entries)


def main(directory):
    for name, sources in SOURCES.items():
        seeds = [text.encode(errors="replace") for path in sources
                 for text in strings_in(path)]
        seeds += {"manifest": [text.encode() for text in DOCUMENTS],
                  "dns": [QUESTION],
                  "tar": archives()}.get(name, [])
        to = pathlib.Path(directory, name)
        to.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (to / f"seed-{number}").write_bytes(seed)


main(sys.argv[1])
