"""A worker that computes 2·x and misbehaves as told: the framework of a request names the fault."""
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import time

START = os.environ.get("FAKE_START", "")
ORDER = {"float32": ("f", 4), "float64": ("d", 8), "bool": ("?", 1), "int32": ("i", 4)}


class Wire:
    def __init__(self, requests, replies, arena):
        self.requests, self.replies, self.arena = requests, replies, arena

    def raw(self, payload):
        os.write(self.replies, payload)

    def send(self, body):
        text = json.dumps(body).encode()
        data = struct.pack("<I", len(text)) + text
        while data:
            data = data[os.write(self.replies, data):]

    def receive(self):
        header = self.exactly(4)
        return json.loads(self.exactly(struct.unpack("<I", header)[0]).decode()) if header else None

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = os.read(self.requests, count - len(data))
            if not piece:
                return None
            data += piece
        return data

    def read(self, offset, count):
        return os.pread(self.arena, count, offset)

    def write(self, offset, data):
        with mmap.mmap(self.arena, os.fstat(self.arena).st_size) as memory:
            memory[offset:offset + len(data)] = data


def doubled(wire, entry, dtype="float32"):
    count = 1
    for size in entry["shape"]:
        count *= size
    letter, size = ORDER[entry["dtype"]]
    values = struct.unpack("<%d%s" % (count, letter), wire.read(entry["offset"], count * size))
    return struct.pack("<%d%s" % (count, ORDER[dtype][0]), *[2 * v for v in values])


def output(data, shape, dtype="float32", **more):
    return dict({"what": "output", "node": 1, "dtype": dtype, "shape": shape, "nbytes": len(data)}, **more)


def fatal(wire, mode, request):
    """The faults after which there is nothing more to say."""
    if mode == "crash":
        print("about to crash", file=sys.stderr)
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "exit":
        print("Traceback: out of luck\n", file=sys.stderr)
        sys.exit(3)
    if mode == "family":  # leaves a child behind in its group
        child = subprocess.Popen(["sleep", "1000"])
        print(child.pid, file=sys.stderr)
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "hang":
        print("thinking hard", file=sys.stderr)
        sys.stderr.flush()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass
    if mode == "close":
        os.close(wire.replies)
        time.sleep(100)
    if mode == "garbage":
        wire.raw(struct.pack("<I", 9) + b"\xff\xfenot json"[:9])
    if mode == "deep":
        text = b'{"id":%d,"outputs":' % request["id"] + b"[" * 1000000
        wire.raw(struct.pack("<I", len(text)) + text)
    if mode == "deep_valid":
        text = b'{"id":%d,"outputs":' % request["id"] + b"[" * 200000 + b"]" * 200000 + b"}"
        data = struct.pack("<I", len(text)) + text
        while data:
            data = data[os.write(wire.replies, data):]
        return False
    if mode == "endless":
        wire.raw(struct.pack("<I", 0xFFFFFFF0) + b"x" * 100)
    if mode == "wrong_id":
        wire.send({"id": 99999, "outputs": []})
    if mode == "text_id":
        wire.send({"id": str(request["id"]), "outputs": []})
    if mode == "list":
        wire.send([1, 2])
    return mode in ("garbage", "deep", "endless", "wrong_id", "text_id", "list", "deep_valid")


def claims(wire, mode, request):
    """The outputs that the reply describes, and their bytes."""
    entry = request["inputs"][0]
    shape, data = entry["shape"], doubled(wire, entry)
    if mode == "wrong_shape":
        return [output(data, shape[::-1] + [1])], data
    if mode == "wrong_dtype":
        return [output(data, shape, "complex64")], data
    if mode == "object":
        return [output(data, shape, "object")], data
    if mode == "integers":
        return [output(data, shape, "int32")], data
    if mode == "promoted":
        data = doubled(wire, entry, "float64")
        return [output(data, shape, "float64")], data
    if mode == "wrong_count":
        return [output(data, shape), output(data, shape)], data
    if mode == "none":
        return [], data
    if mode == "wrong_bytes":
        return [output(data, shape, nbytes=len(data) - 1)], data
    if mode == "negative":
        return [output(data, [-1, -len(data) // 4])], data
    if mode == "wraps":
        return [output(data, [2**40, 2**40])], data
    if mode == "fraction":
        return [output(data, [4.5])], data
    if mode == "beyond":
        return [output(data, [2**70])], data
    if mode == "vast":
        return [output(data, [2**38], nbytes=2**40)], data
    if mode == "text_bytes":
        return [output(data, shape, nbytes="16")], data
    if mode == "no_shape":
        broken = output(data, shape)
        del broken["shape"]
        return [broken], data
    if mode == "flag":
        return [output(b"\x07", [], "bool")], b"\x07"
    if request["trace"]:
        return [output(data, shape), dict(output(data, shape), what="trace", node=7 if mode == "wrong_node" else 1)], data
    return [output(data, shape)], data


def run(wire, mode, request, memory):
    if mode == "refuse":
        return {"error": {"kind": "unsupported", "what": "there is no erfc here", "place": "", "op": "erfc"}}
    if mode == "raise":
        return {"error": {"kind": "failed", "what": "ValueError: \x1b[31mno\nway", "place": ""}}
    if mode == "bad_error":
        return {"error": 5}
    if mode == "chatty":
        sys.stdout.write("hello\x1b[2J world\nsecond line\n")
        sys.stdout.flush()
    if mode == "flood":
        for _ in range(200):
            sys.stdout.write("x" * 100000)
        sys.stdout.flush()
    outputs, memory["data"] = claims(wire, mode, request)
    memory["mode"], memory["seen"] = mode, None
    reply = {"outputs": outputs, "mode": request["mode"] or "usual", "version": "1.0", "repeats": request["repeats"], "unstable": 0,
             "traced_output_identical": True, "seconds": 0.25, "notes": [], "provenance": {"threads": "1"}}
    if mode == "bad_seconds":
        reply["seconds"] = "fast"
    if mode == "bad_notes":
        reply["notes"] = [1]
    return reply


def fetch(wire, request, memory):
    mode, data, places = memory["mode"], memory["data"], request["places"]
    if mode == "lookalike":  # its true values are what the first filling holds
        if memory["seen"] is None:
            memory["seen"] = wire.read(places[0], len(data))
        data = memory["seen"]
    for place in places:
        if mode == "partial":
            wire.write(place, data[:-4])
        elif mode != "unwritten":
            wire.write(place, data)
    written = [len(data)] * len(places)
    if mode == "short":
        written = [len(data) - 4]
    if mode == "many":
        written = written * 2
    return {"written": written}


def tensors(mode, request):
    """The file's name says what is wrong with it."""
    if mode == "code":
        return {"error": {"kind": "request", "what": "holds more than tensors", "place": request["path"]}}
    listed = [{"name": "a", "dtype": "float32", "shape": [2, 3]}, {"name": "flags", "dtype": "bool", "shape": [2]},
              {"name": "z", "dtype": "complex64", "shape": []}]
    if mode == "many":
        return {"of": 2500, "tensors": [dict(listed[0], name=str(i)) for i in range(request["first"], min(request["first"] + 1000, 2500))],
                "notes": []}
    if mode == "object":
        listed[0]["dtype"] = "object"
    if mode == "vast":
        listed[0]["shape"] = [2**40, 2**40]
    if mode == "fewer":
        listed = []
    return {"of": 3, "tensors": listed, "notes": ["epoch: int, passed over"]}


def read(wire, mode, request):
    whole = [struct.pack("<6f", *range(6)), b"\x01\x07" if mode == "flag" else b"\x01\x00", struct.pack("<2f", 1, -1)][request["tensor"]]
    size = [4, 1, 8][request["tensor"]]
    data = whole[request["first"] * size:][:min(request["count"], 4) * size]
    wire.write(request["place"], data)
    return {"bytes": {"none": 0, "odd": 3, "more": 1 << 30}.get(mode, len(data))}


def main():
    wire = Wire(*map(int, sys.argv[1:4]))
    if START == "exit":
        print("ImportError: No module named numpy", file=sys.stderr)
        sys.exit(1)
    if START == "hang":
        time.sleep(1000)
    wire.send({"id": 0, "protocol": 2 if START == "future" else 1, "python": "3.9.9", "pid": os.getpid(),
               "frameworks": {name: "1.0" for name in sys.argv[4:]}, "provenance": {"pid": str(os.getpid()), "tag": os.environ.get("TAG", "")}})
    memory = {}
    while True:
        request = wire.receive()
        if request is None:
            return
        mode = request.get("framework", "")
        if request["do"] == "run":
            if fatal(wire, mode, request):
                continue
            if mode.startswith("sleep"):
                time.sleep(float(mode[5:]))
            reply = run(wire, mode, request, memory)
        elif request["do"] == "fetch":
            reply = fetch(wire, request, memory)
        elif request["do"] == "describe":
            reply = {"functions": [{"framework": "numpy", "mode": "", "arguments": ["x"]}], "expression": None, "inputs": {"x": request["port"]}}
        elif request["do"] in ("tensors", "read"):
            mode = os.path.basename(request["path"]).split(".")[0]
            reply = tensors(mode, request) if request["do"] == "tensors" else read(wire, mode, request)
        else:
            reply = {"supported": request["ops"][:1], "modes": ["eager"], "composed": {"rsqrt": "1 / sqrt(x)"}, "version": "1.0"}
            if mode == "inventive":
                reply["supported"] = ["invented"]
        wire.send(dict(reply, id=request["id"]))
        if request["do"] == "fetch" and memory["mode"] == "unasked":
            wire.send({"id": request["id"]})


main()
