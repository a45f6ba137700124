"""Carries packets between two tun devices as a bad line does: late, not evenly, slowly, not all, or none.

packet-line.py DEVICE DEVICE SEED makes both devices, says "ready", and works until its input ends. Each line of its input is a JSON
object with new values: bytesPerSecond and delayMs of each direction, jitterMs (delay +- that; the order stays), loss (part of the
packets, 0..1), isCut.
"""
import fcntl
import json
import os
import random
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
# Packets that wait in a direction, as with tc netem; what comes then is dropped.
MOST_WAITING = 1000


def device(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_WITHOUT_HEADER))
    return descriptor


ends = [device(sys.argv[1]), device(sys.argv[2])]
chance = random.Random(int(sys.argv[3]))
quality = {"bytesPerSecond": 1_000_000_000, "delayMs": 0, "jitterMs": 0, "loss": 0, "isCut": False}
busy_until = [0.0, 0.0]
last_due = [0.0, 0.0]
waiting = [deque(), deque()]


def take(direction):
    while True:
        try:
            packet = os.read(ends[direction], 65536)
        except BlockingIOError:
            return
        if len(waiting[direction]) >= MOST_WAITING:
            continue
        busy_until[direction] = max(time.monotonic(), busy_until[direction]) + len(packet) / quality["bytesPerSecond"]
        if quality["isCut"] or chance.random() < quality["loss"]:
            continue
        late = (quality["delayMs"] + chance.uniform(-1, 1) * quality["jitterMs"]) / 1000
        last_due[direction] = max(busy_until[direction] + late, last_due[direction])
        waiting[direction].append((last_due[direction], packet))


def deliver(direction):
    while waiting[direction] and waiting[direction][0][0] <= time.monotonic():
        _, packet = waiting[direction].popleft()
        if not quality["isCut"]:
            try:
                os.write(ends[1 - direction], packet)
            except OSError:
                pass  # A device that is down loses packets too.


print("ready", flush=True)
control = b""
while True:
    due = [packets[0][0] for packets in waiting if packets]
    timeout = max(0, min(due) - time.monotonic()) if due else None
    readable, _, _ = select.select([*ends, 0], [], [], timeout)
    if 0 in readable:
        more = os.read(0, 65536)
        if not more:
            break
        *lines, control = (control + more).split(b"\n")
        for line in lines:
            quality.update(json.loads(line))
    for direction in (0, 1):
        if ends[direction] in readable:
            take(direction)
        deliver(direction)
