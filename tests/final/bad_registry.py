#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A registry that misbehaves: bad_registry.py PORT LOG

Each repository has the image :1, and the fault after which it is named: a pull of
localhost:PORT/flip:1 gets a layer with one bit changed. A push to a repository has the
fault of the function send_REPOSITORY. LOG gets a line for each request: METHOD PATH, its
Range and whether it carried credentials. Prints "ready" once it listens.
"""
import functools
import gzip
import hashlib
import http.server
import io
import itertools
import json
import random
import socket
import struct
import sys
import tarfile
import time
import urllib.parse

PORT, LOG = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
seen = {}  # how often a path was requested
upload_numbers = itertools.count(1)  # several uploads may begin at once
uploads = {}  # paths of unfinished uploads, and their bytes so far
pushed = set()  # paths of blobs


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_tar(seed, size):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(f"file{seed}")
        data = random.Random(seed).randbytes(size)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def bomb():
    """A tar member of 4 GiB of zeros, compressed to 4 MiB: many gzip members in a row."""
    entry = tarfile.TarInfo("zeros")
    entry.size = 4 << 30
    return gzip.compress(entry.tobuf()) + gzip.compress(bytes(64 << 20)) * 64


@functools.cache
def image_of(repository):
    return Image(repository)


class Image:
    def __init__(self, repository):
        self.plain = [layer_tar(1, 200_000), layer_tar(2, 3_000_000)]
        self.layers = [gzip.compress(each, mtime=0) for each in self.plain]
        diff_ids = [digest(each) for each in self.plain]
        if repository == "diffid":
            diff_ids[1] = digest(b"other")
        if repository == "bomb":
            self.layers[1] = bomb()
        kind = MANIFEST.replace("manifest.v1+json", "layer.v1.tar+gzip")
        layers = [self.describe(each, kind) for each in self.layers]
        if repository == "manylayers":
            layers, diff_ids = layers[:1] * 10_000, diff_ids[:1] * 10_000
        self.config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
        if repository == "size":
            layers[1]["size"] -= 1
        if repository == "foreign":
            layers[1]["urls"] = [f"http://127.0.0.2:{PORT}/stolen"]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                    "config": self.describe(self.config, "application/json")}
        if repository == "both":
            manifest["manifests"] = []
        if repository == "digestpath":
            layers[1]["digest"] = "sha256:../../../etc/passwd"
        self.manifest = json.dumps(manifest).encode()
        if repository == "other-platform":
            self.manifest = json.dumps({
                "schemaVersion": 2, "mediaType": INDEX, "manifests": [
                    dict(self.describe(self.manifest, MANIFEST),
                         platform={"os": "linux", "architecture": "s390x"})]}).encode()
        if repository == "schema1":
            self.manifest = b'{"schemaVersion": 1, "fsLayers": []}'

    @staticmethod
    def describe(data, kind):
        return {"mediaType": kind, "digest": digest(data), "size": len(data)}

    def blob(self, wanted):
        for each in [self.config, *self.layers]:
            if digest(each) == wanted:
                return each
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        self.send_header("Content-Length", len(body) if length is None else length)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Ends the connection with a TCP reset."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def note(self):
        """Writes the log's line. Returns how often this path was requested."""
        host = self.headers.get("Host", "")
        part = self.headers.get("Range") or self.headers.get("Content-Range") or "-"
        secret = "credentials" if "Authorization" in self.headers else "-"
        LOG.write(f"{self.command} {host}{self.path} {part} {secret}\n")
        seen[self.path] = seen.get(self.path, 0) + 1
        return seen[self.path]

    def do_GET(self):
        count = self.note()
        if "/blobs/uploads/" in self.path:
            return self.tell_position()
        if self.command == "HEAD" and self.path in pushed:
            return self.answer(200)
        if self.path.startswith("/token?"):
            seen["token"] = seen.get("token", 0) + 1
            return self.answer(200, json.dumps({"token": f"t{seen['token']}"}).encode())
        parts = self.path.split("/")
        if len(parts) < 5:
            return self.answer(404)
        repository, kind, reference = parts[2:5]
        fault = getattr(self, "fault_" + repository.replace("-", "_"), None)
        image = image_of(repository)
        data = image.manifest if kind == "manifests" else image.blob(reference)
        is_layer = kind == "blobs" and data == image.layers[-1]
        if fault and fault(kind, data, is_layer, count):
            return None
        if data is None:
            return self.answer(404)
        return self.answer(200, data, [("Content-Type", MANIFEST)])

    def do_CONNECT(self):
        """A proxy that reaches nothing."""
        LOG.write(f"CONNECT {self.path}\n")
        self.answer(502)

    # Each fault answers the request itself, or returns a false value.

    def fault_flip(self, kind, data, is_layer, count):
        if is_layer:
            changed = bytearray(data)
            changed[len(data) // 2] ^= 1
            self.answer(200, bytes(changed))
        return is_layer

    def fault_short(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(200, data[:-1000])
        return is_layer

    def fault_long(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(200, data + b"more")
        return is_layer

    def fault_lies(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(200, data[:1000], length=len(data))
            self.close_connection = True
        return is_layer

    def fault_resets(self, kind, data, is_layer, count):
        """Ends the transfer three times; continues where it ended."""
        if not is_layer:
            return False
        begin = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        part = data[begin:]
        headers = [("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")]
        if count > 3:
            self.answer(206 if begin else 200, part, headers)
        else:
            self.answer(206 if begin else 200, part[:800_000], headers, len(part))
            time.sleep(0.2)
            self.reset()
        return True

    def fault_resets_without_ranges(self, kind, data, is_layer, count):
        if is_layer and count <= 2:
            self.answer(200, data[:800_000], length=len(data))
            time.sleep(0.2)
            self.reset()
        return is_layer and count <= 2

    def fault_wrong_range(self, kind, data, is_layer, count):
        if is_layer and count == 1:
            self.answer(200, data[:800_000], length=len(data))
            self.close_connection = True
        elif is_layer:
            self.answer(206, data[7:], [("Content-Range",
                                         f"bytes 7-{len(data) - 1}/{len(data)}")])
        return is_layer

    def fault_busy(self, kind, data, is_layer, count):
        if count == 1:
            self.answer(500, b"oops")
        elif count == 2:
            self.answer(429, b"", [("Retry-After", "1")])
        return count <= 2

    def fault_broken(self, kind, data, is_layer, count):
        self.answer(500, b'{"errors":[{"code":"UNKNOWN","message":"disk failed"}]}')
        return True

    def fault_later(self, kind, data, is_layer, count):
        self.answer(429, b"", [("Retry-After", "86400")])
        return True

    def fault_hangs(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(200, data[:1000], length=len(data))
            self.wfile.flush()
            time.sleep(60)
        return is_layer

    def fault_circle(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(307, b"", [("Location", self.path)])
        return is_layer

    def fault_elsewhere(self, kind, data, is_layer, count):
        """Demands credentials, and redirects layers to another host."""
        if self.headers.get("Host", "").startswith("127.0.0.2"):
            return False
        if "Authorization" not in self.headers:
            self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="x"')])
        elif is_layer:
            self.answer(307, b"",
                        [("Location", f"http://127.0.0.2:{PORT}{self.path}")])
        return "Authorization" not in self.headers or is_layer

    def fault_ftp(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(307, b"", [("Location", "ftp://127.0.0.1/layer")])
        return is_layer

    def fault_file(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(307, b"", [("Location", "file:///etc/passwd")])
        return is_layer

    def fault_foreign(self, kind, data, is_layer, count):
        if is_layer:
            self.answer(404)
        return is_layer

    def fault_huge(self, kind, data, is_layer, count):
        """A manifest of 100 MB. The log gets the number of bytes that were taken."""
        if kind != "manifests":
            return False
        self.send_response(200)
        self.send_header("Content-Length", 100 << 20)
        self.end_headers()
        taken = 0
        try:
            while taken < 100 << 20:
                taken += self.wfile.write(b" " * 65536)
        except OSError:
            pass
        LOG.write(f"taken {taken}\n")
        self.close_connection = True
        return True

    def fault_token(self, kind, data, is_layer, count):
        """Wants a token, and after the manifest another one."""
        wanted = 1 if kind == "manifests" else 2
        if self.headers.get("Authorization") == f"Bearer t{wanted}":
            return False
        self.answer(401, b"", [("WWW-Authenticate",
                                f'Bearer realm="http://localhost:{PORT}/token",'
                                'service="bad"')])
        return True

    def fault_slow(self, kind, data, is_layer, count):
        """A layer that takes 20 s."""
        if is_layer:
            self.answer(200, b"", length=len(data))
            for at in range(0, len(data), len(data) // 200):
                self.wfile.write(data[at:at + len(data) // 200])
                self.wfile.flush()
                time.sleep(0.1)
        return is_layer

    do_HEAD = do_GET

    def do_POST(self):
        """Begins an upload."""
        self.note()
        path = f"{self.path.partition('?')[0]}{next(upload_numbers)}"
        uploads[path] = bytearray()
        self.answer(202, b"", [("Location", f"http://localhost:{PORT}{path}")])

    def do_PATCH(self):
        self.take(202)

    def do_PUT(self):
        if "/manifests/" not in self.path:
            return self.take(201)
        self.note()
        self.rfile.read(int(self.headers["Content-Length"]))
        return self.answer(201)

    def take(self, status):
        """Takes a piece of a blob, the last one if the status is 201."""
        self.note()
        path, _, query = self.path.partition("?")
        blob, size = uploads.get(path), int(self.headers["Content-Length"])
        name = "send_" + path.split("/")[2].replace("-", "_")
        fault = getattr(self, name, None)
        count = seen[name] = seen.get(name, 0) + (size > 1_000_000)
        if fault and size > 1_000_000 and fault(path, blob, size, count):
            return None
        piece = self.rfile.read(size)
        if blob is None:
            return self.answer(404)
        begin = self.headers.get("Content-Range", f"{len(blob)}-").split("-")[0]
        if int(begin) != len(blob):
            return self.answer(416)
        blob += piece
        if status == 201:
            if urllib.parse.unquote(query.partition("digest=")[2]) != digest(blob):
                return self.answer(400)
            self.keep(path)
        return self.answer(status, b"", [("Location", self.path)])

    def keep(self, path):
        """Makes an upload a blob."""
        pushed.add(path.partition("uploads/")[0] + digest(uploads.pop(path)))

    def tell_position(self):
        if self.path not in uploads:
            return self.answer(404)
        size = len(uploads[self.path])
        if "/invents/" in self.path:
            size += 1 << 40
        return self.answer(204, b"", [("Range", f"0-{max(size - 1, 0)}")])

    # Each fault of a push answers the request itself, or returns a false value. `count`
    # is the number of large pieces that were sent.

    def send_closes(self, path, blob, size, count):
        """Resets the connection within the first piece and within the last one."""
        if count in (1, 3):
            blob += self.rfile.read(min(5_000_000, size // 2))
            self.reset()
        return count in (1, 3)

    send_invents = send_closes

    def send_takes_one_byte(self, path, blob, size, count):
        """Takes one byte, so that its position is "0-0" as before."""
        if count == 1:
            blob += self.rfile.read(1)
            self.reset()
        return count == 1

    def send_unheard(self, path, blob, size, count):
        """Takes the last piece, and resets the connection instead of an answer."""
        if self.command == "PUT":
            blob += self.rfile.read(size)
            self.keep(path)
            self.reset()
        return self.command == "PUT"

    def send_forgets(self, path, blob, size, count):
        """Forgets the upload once, as a registry does that is restarted."""
        if count == 2:
            uploads.pop(path)
            self.reset()
        return count == 2

    def send_fails_twice(self, path, blob, size, count):
        if count <= 2:
            self.rfile.read(size)
            self.answer(500 if count == 1 else 503, b"", [("Retry-After", "1")])
        return count <= 2

    def send_fails(self, path, blob, size, count):
        self.rfile.read(size)
        self.answer(500, b'{"errors":[{"code":"UNKNOWN","message":"disk failed"}]}')
        return True

    def send_takes_half(self, path, blob, size, count):
        """Keeps half of the first piece, and says that it has taken it."""
        if count == 1:
            blob += self.rfile.read(size)[:size // 2]
            self.answer(202, b"", [("Location", path)])
        return count == 1


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


image_of("bomb")  # takes a while
server = Server(("0.0.0.0", PORT), Handler)
print("ready", flush=True)
server.serve_forever()
