# SPDX-License-Identifier: MIT
"""A small SCIM server that deviates as it is told, for what servers in the wild do.

scim_quirks.py PORT-FILE LOG QUIRK...

Each request is a JSON line in LOG. Quirks:
  etag             groups have an ETag, PUT wants If-Match
  no-patch         PATCH is 501
  capital-ops      operations are Add, Remove, Replace and nothing else
  string-booleans  active is "True" or "False"
  by-value         removal wants path members and a list of values; without it: all members go
  pathless         PATCH wants no path
  no-filter        filters are not looked at
  no-member-filter a filter on members.value is 400
  all-member-filter   it is ignored
  none-member-filter  it finds nothing
  twice            a member that is added twice is there twice
  deaf             changes of members are accepted, and not made
  conflict=N       the first N PUTs find that somebody was faster
  busy=N           the first N requests are 429, Retry-After 3
  login            all is a page of HTML
  users=N          so many accounts are there, all in the group "All"
"""
import http.server
import json
import os
import re
import ssl
import sys
import threading
from urllib.parse import parse_qs, unquote, urlsplit

quirks = dict((q.split("=") + [None])[:2] for q in sys.argv[3:])
left = {k: int(v) for k, v in quirks.items() if v and k != "tls"}
lock = threading.Lock()
users, groups = {}, {}
last = [0]
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Refused(Exception):
    def __init__(self, status, detail, kind=None):
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


def new_id(prefix):
    last[0] += 1
    return prefix + str(last[0])


def etag(group):
    return 'W/"%d"' % group["_version"]


def shown(resource, query):
    out = {k: v for k, v in resource.items() if k[0] != "_"}
    if query.get("excludedAttributes") == "members":
        out.pop("members", None)
    if resource["id"] in users:
        out["groups"] = [{"value": g["id"]} for g in groups.values()
                         if any(m["value"] == resource["id"] for m in g["members"])]
    return out


def matches(resource, text):
    for part in re.split(r"(?<=\") and ", text):
        name, value = part.split(" eq ", 1)
        value = json.loads(value)
        if name == "members.value":
            if "no-member-filter" in quirks:
                raise Refused(400, "members.value cannot be asked for", "invalidFilter")
            if "all-member-filter" in quirks:
                continue
            if "none-member-filter" in quirks or value not in [m["value"] for m in resource["members"]]:
                return False
        elif name == "groups.value":
            if resource["id"] not in [m["value"] for m in groups[value]["members"]]:
                return False
        elif str(resource.get(name, "")).lower() != value.lower():
            return False
    return True


def listed(store, query):
    found = [r for r in store.values()
             if "no-filter" in quirks or "filter" not in query or matches(r, query["filter"])]
    start, count = int(query.get("startIndex", 1)), int(query.get("count", 100))
    page = found[start - 1:start - 1 + min(count, 100)]
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(found),
            "startIndex": start, "itemsPerPage": len(page), "Resources": [shown(r, query) for r in page]}


def patch(resource, body):
    for operation in body["Operations"]:
        op, path, value = operation["op"], operation.get("path"), operation.get("value")
        if "capital-ops" in quirks and op not in ("Add", "Remove", "Replace"):
            raise Refused(400, "unknown operation " + op, "invalidSyntax")
        op = op.lower()
        if "pathless" in quirks and path:
            if not path.startswith("members["):
                raise Refused(400, "no path is understood", "invalidPath")
        if path is None and isinstance(value, dict):
            (path, value), = value.items()
        if path == "active":
            if ("string-booleans" in quirks) != isinstance(value, str):
                raise Refused(400, "active is of another type", "invalidValue")
            resource["active"] = value
        elif path and path.startswith("members"):
            if "deaf" in quirks:
                continue
            one = re.fullmatch(r'members\[value eq ("(?:[^"\\]|\\.)*")\]', path)
            have = resource["members"]
            if op == "add":
                for m in value:
                    if "twice" in quirks or m["value"] not in [h["value"] for h in have]:
                        have.append({"value": m["value"]})
            elif one:
                if "by-value" in quirks:
                    raise Refused(400, "filters in paths are not understood", "invalidPath")
                gone = json.loads(one[1])
                if gone not in [h["value"] for h in have]:
                    raise Refused(400, "there is no such member", "noTarget")
                have[:] = [h for h in have if h["value"] != gone]
            elif "by-value" in quirks and value:
                gone = [m["value"] for m in value]
                have[:] = [h for h in have if h["value"] not in gone]
            else:  # RFC 7644, 3.5.2.2: all of them
                have.clear()
            resource["_version"] += 1
        else:
            resource[path] = value


class Scim(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def say(self, status, body=None, headers=()):
        text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def spent(self, quirk):
        if left.get(quirk, 0) <= 0:
            return False
        left[quirk] -= 1
        return True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock:
            with open(sys.argv[2], "a", encoding="utf-8") as log:
                log.write(json.dumps({"method": self.command, "path": unquote(self.path),
                                      "body": json.loads(body) if body else None}) + "\n")
            try:
                self.do(json.loads(body) if body else None)
            except Refused as r:
                error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(r.status),
                         "detail": r.detail}
                if r.kind:
                    error["scimType"] = r.kind
                self.say(r.status, error)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def do(self, body):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        word = [unquote(w) for w in url.path.strip("/").split("/")]
        store = users if word[0] == "Users" else groups
        if "login" in quirks:
            self.say(200, b"<html>please sign in</html>", [("Content-Type", "text/html")])
            return
        if self.spent("busy"):
            self.say(429, None, [("Retry-After", "3")])
            return
        if len(word) == 1:
            if self.command == "GET":
                self.say(200, listed(store, query))
                return
            if store is users and any(u["userName"] == body["userName"] for u in users.values()):
                raise Refused(409, "userName is taken", "uniqueness")
            made = dict(body, id=new_id("u" if store is users else "g"), _version=1)
            if store is groups:
                made.setdefault("members", [])
            store[made["id"]] = made
            self.say(201, shown(made, query))
            return
        if word[1] not in store:
            raise Refused(404, "there is no such resource")
        resource = store[word[1]]
        headers = [("ETag", etag(resource))] if "etag" in quirks and store is groups else []
        if self.command == "PATCH":
            if "no-patch" in quirks and store is groups:
                raise Refused(501, "PATCH is not supported")
            patch(resource, body)
            self.say(204)
        elif self.command == "PUT":
            if self.spent("conflict"):
                resource["members"].append({"value": new_id("other")})
                resource["_version"] += 1
            if "etag" in quirks and self.headers.get("If-Match") != etag(resource):
                raise Refused(412, "somebody was faster")
            resource["members"] = body["members"]
            resource["_version"] += 1
            self.say(200, shown(resource, query))
        elif self.command == "DELETE":
            del store[word[1]]
            self.say(204)
        else:
            self.say(200, shown(resource, query), headers)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


for name in ("CRM \"users\" \\ all", "Other"):
    i = new_id("g")
    groups[i] = {"schemas": [GROUP], "id": i, "displayName": name, "members": [{"value": "stays"}], "_version": 1,
                 "urn:example:more": {"kept": True}}
for n in range(int(quirks.get("users") or 0)):
    users["n%d" % n] = {"id": "n%d" % n, "userName": "n%d" % n, "active": True}
if users:
    groups["all"] = {"id": "all", "displayName": "All", "_version": 1,
                     "members": [{"value": u, "display": "x" * 50} for u in users]}
server = Server(("127.0.0.1", 0), Scim)
if quirks.get("tls"):
    # a folder of certificates: who calls has to show one of its authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(quirks["tls"] + "/server.pem", quirks["tls"] + "/server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(quirks["tls"] + "/ca.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
