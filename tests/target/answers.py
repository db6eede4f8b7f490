# SPDX-License-Identifier: MIT
"""An HTTP server that answers as the path says, well and badly.

answers.py PORT-FILE LOG [CERTIFICATE KEY [CLIENT-AUTHORITY]]

Each request is a JSON line in LOG: at (seconds), method, path, headers (lower case), body. The server says its port
in PORT-FILE. A last path element "once" answers badly the first time only.
"""
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

lock = threading.Lock()
seen = {}


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *arguments):
        pass

    def say(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self):
        url = urlsplit(self.path)
        self.sent = body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock:
            with open(sys.argv[2], "a", encoding="utf-8") as log:
                log.write(json.dumps({
                    "at": time.time(), "method": self.command, "path": self.path,
                    "headers": {k.lower(): v for k, v in self.headers.items()},
                    "body": body.decode("utf-8")}) + "\n")
            seen[url.path] = seen.get(url.path, 0) + 1
            again = seen[url.path] > 1
        word = url.path.strip("/").split("/")
        if word[-1] == "once" and again:
            self.say(200)
            return
        do = getattr(self, "do_" + word[0], None)
        if do:
            do(word, {k: v[0] for k, v in parse_qs(url.query).items()})
        else:
            self.say(404, b"no such path")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def do_ok(self, word, query):
        self.say(200, b"{}")

    def do_account(self, word, query):
        self.say(200, json.dumps({"account": "u\u00f1a", "confirmed": True}).encode())

    def do_limited(self, word, query):
        """Takes so many a second, and says to all others when they may come again; they are in LOG."""
        with lock:
            second = seen.setdefault(self.path + " taken", [])
            second[:] = [t for t in second if time.time() - t < 1]
            taken = len(second) < int(query["n"])
            if taken:
                second.append(time.time())
            else:
                with open(sys.argv[2], "a", encoding="utf-8") as log:
                    log.write(json.dumps({"refused": self.path}) + "\n")
        self.say(200 if taken else 429, b"", [] if taken else [("Retry-After", "1")])

    def do_late(self, word, query):
        """Does it at once, and says so later."""
        time.sleep(int(query["ms"]) / 1000)
        self.say(200, b"{}")

    def do_status(self, word, query):
        headers = []
        if "after" in query:
            headers.append(("Retry-After", query["after"]))
        if "date" in query:
            headers.append(("Retry-After", formatdate(time.time() + int(query["date"]), usegmt=True)))
        self.say(int(word[1]), query.get("say", "").encode(), headers)

    def do_token(self, word, query):
        wanted = "Bearer " + query["is"]
        self.say(200 if self.headers.get("Authorization") == wanted else 401, b"token expired")

    def do_renew(self, word, query):
        """Refuses the old token, and puts the new one into the file."""
        if self.headers.get("Authorization") == "Bearer " + query["is"]:
            self.say(200)
            return
        with open(query["file"], "w", encoding="ascii") as f:
            f.write(query["is"] + "\n")
        self.say(401)

    def do_eager(self, word, query):
        """Calls back at once, and answers only then that it will."""
        path = json.loads(self.sent)["callbackUriPath"]
        threading.Thread(target=self.call_back, args=(query["socket"], path), daemon=True).start()
        time.sleep(0.5)
        self.say(202)

    @staticmethod
    def call_back(address, path):
        body = b'{"source": "test", "type": "t", "data": {"operationStatus": "Completed"}}'
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(address)
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                      % (path.encode(), len(body), body))
            said = s.recv(4096).decode()
        with lock, open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(json.dumps({"called_back": said.split()[1]}) + "\n")

    def do_slow(self, word, query):
        """/slow/SECONDS/STATUS"""
        time.sleep(float(word[1]))
        self.say(int(word[2]))

    def do_silence(self, word, query):
        time.sleep(20)
        self.hang_up()

    def do_trickle(self, word, query):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(200):
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass
        self.close_connection = True

    def do_hangup(self, word, query):
        self.hang_up()

    def do_cut(self, word, query):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"account\": \"half")
        self.hang_up()

    def do_garbage(self, word, query):
        self.wfile.write(os.urandom(100).replace(b"\n", b"") * 20)
        self.hang_up()

    def do_headers(self, word, query):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for i in range(100000):
                self.wfile.write(b"X-More-%d: %s\r\n" % (i, b"x" * 500))
        except OSError:
            pass
        self.close_connection = True

    def do_large(self, word, query):
        size = 10 << 20
        try:
            self.send_response(int(word[1]))
            self.send_header("Connection", "close")
            if "length" in query:
                self.send_header("Content-Length", str(size))
            self.end_headers()
            for _ in range(size >> 16):
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass
        self.close_connection = True

    def do_redirect(self, word, query):
        self.say(int(word[1]), b"", [("Location", "/ok/redirected")])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Answers)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    if len(sys.argv) > 5:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(sys.argv[5])
    # Handshakes in the threads: one that fails disturbs no other.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
