"""A lock board of the 8A family, written from the protocol page alone and sharing nothing with the
product: what both agree on is the protocol, not a common mistake.

It sits behind a pseudo-terminal (--link names it) or a loopback port (--tcp). Orders come on standard
input, one a line; everything that happens goes to standard output as JSON, one object a line.

    shut N      close door N                      pull N      open door N by force
    jam N       door N stays shut when unlocked   free N      end of the jam
    silence     answer nothing any more           speak       end of the silence
    slow S      answer S seconds later            noise       bytes of nonsense before each answer
    echo        return what is sent, as some RS-485 adapters do
    tell        report door changes unasked       unplug      the cable is pulled; plug: put back
"""

import argparse
import fcntl
import json
import os
import select
import socket
import sys
import termios
import time
import tty

OPEN, STATE, OPEN_MANY, HOLD_ON, HOLD_OFF = 0x8A, 0x80, 0x90, 0x9A, 0x9B
FIVE = (OPEN, STATE, HOLD_ON, HOLD_OFF)  # headers of five-byte commands: header, board, channel, order, BCC
SILENCE = 0.05  # a frame that does not go on for this long will never be whole


def bcc(data):
    total = 0
    for byte in data:
        total ^= byte
    return total


class Pty:
    """A serial port. A new one after each plugging in, so its number may change as a USB adapter's does."""

    def __init__(self, link):
        self.link = link
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.where = os.ttyname(self.slave)
        if link:
            # Put in place whole: the product may be looking for it at this moment.
            os.symlink(self.where, link + ".new")
            os.replace(link + ".new", link)

    def fileno(self):
        return self.master

    def read(self):
        # The product asks for the port alone. Held open here it would stay so after the product was killed.
        fcntl.ioctl(self.slave, termios.TIOCNXCL)
        return os.read(self.master, 256)

    def write(self, data):
        os.write(self.master, data)

    def close(self):
        if self.link:
            os.unlink(self.link)
        os.close(self.master)
        os.close(self.slave)


class Tcp:
    """A serial-to-Ethernet converter: one connection at a time."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.where = f"tcp://127.0.0.1:{self.port}"
        self.peer = None

    def fileno(self):
        return self.peer.fileno() if self.peer else self.listener.fileno()

    def read(self):
        if self.peer is None:
            self.peer, _ = self.listener.accept()
            return b""
        data = self.peer.recv(256)
        if not data:
            self.hang_up()
        return data

    def write(self, data):
        if self.peer:
            self.peer.sendall(data)

    def hang_up(self):
        if self.peer:
            self.peer.close()
            self.peer = None

    def close(self):
        self.hang_up()
        self.listener.close()


class Board:
    def __init__(self, options):
        self.options = options
        self.closed = {channel: True for channel in range(1, options.channels + 1)}
        self.jammed = set()
        self.silent = self.noisy = self.echoing = self.telling = False
        self.delay = options.delay
        self.line = None
        self.buffer = b""
        self.plug()

    # The cable

    def plug(self):
        if self.line is None:
            tcp = self.options.tcp
            self.line = Pty(self.options.link) if tcp is None else Tcp(tcp)
            if tcp is not None:
                self.options.tcp = self.line.port  # the same port when put back
            self.log(plugged=self.line.where, link=self.options.link)

    def unplug(self):
        if self.line:
            self.line.close()
            self.line, self.buffer = None, b""
            self.log(unplugged=True)

    def log(self, **what):
        print(json.dumps({"at": round(time.monotonic(), 4), **what}), flush=True)

    def send(self, data):
        if self.silent or self.line is None:
            return
        time.sleep(self.delay)
        if self.noisy:
            self.line.write(bytes.fromhex("FAFD9999"))
        self.line.write(data)
        self.log(tx=data.hex(" ").upper())

    # The doors

    def switch(self, channel):
        """What the switch of one door reads: one bit, whose meaning depends on the wiring."""
        closed_bit = self.options.closed_bit
        return closed_bit if self.closed[channel] else 1 - closed_bit

    def state(self, channel):
        return 0x11 if self.switch(channel) else 0x00

    def set_door(self, channel, closed, why):
        if self.closed[channel] == closed:
            return
        self.closed[channel] = closed
        self.log(door=channel, closed=closed, why=why)
        if self.telling:
            self.answer(0x81, channel, self.state(channel))

    def unlock(self, channel):
        if channel in self.jammed:
            self.log(door=channel, jammed=True)
        else:
            self.set_door(channel, False, "unlocked")
        self.log(told=channel)

    # The protocol

    def answer(self, *data):
        body = bytes([data[0], self.options.board, *data[1:]])
        self.send(body + bytes([bcc(body)]))

    def status_bytes(self):
        """A board with few channels answers with the three bytes of the one with 24."""
        return 3 if self.options.channels <= 24 else (self.options.channels + 7) // 8

    def all_states(self):
        states = bytearray(self.status_bytes())
        for channel in self.closed:
            states[(channel - 1) // 8] |= self.switch(channel) << (channel - 1) % 8
        return states if self.options.order == "first-byte-first" else states[::-1]

    def take(self, data):
        if self.echoing and self.line:
            self.line.write(data)
        self.buffer += data
        while self.buffer:
            size = self.frame_size()
            if size is None:
                return
            frame, self.buffer = self.buffer[:size], self.buffer[size:]
            if size == 1:
                self.log(garbage=frame.hex(" ").upper())
            else:
                self.obey(frame)

    def frame_size(self):
        """How long the frame at the front is; 1 for a byte that starts none, None when it is not whole."""
        header = self.buffer[0]
        if header in FIVE:
            # With a pulse length the opening command has six bytes; only the check byte tells.
            sizes = (5, 6) if header == OPEN else (5,)
        elif header == OPEN_MANY:
            sizes = (3 + self.status_bytes(),)
        else:
            return 1
        for size in sizes:
            if len(self.buffer) < size:
                return None
            if bcc(self.buffer[: size - 1]) == self.buffer[size - 1]:
                return size
        return 1

    def gave_up_waiting(self):
        if self.buffer:
            self.log(garbage=self.buffer.hex(" ").upper())
            self.buffer = b""

    def obey(self, frame):
        self.log(rx=frame.hex(" ").upper())
        header, board = frame[0], frame[1]
        if frame == bytes.fromhex("8001009918"):  # discovery, which any board answers
            found = bytes([STATE, 1, self.options.board, 0x99])
            return self.send(found + bytes([bcc(found)]))
        if board != self.options.board:
            return None  # meant for another board of the line
        if header == OPEN_MANY:
            for channel in self.closed:
                at = (channel - 1) // 8 if self.options.order == "first-byte-first" else -1 - (channel - 1) // 8
                if frame[2:-1][at] >> (channel - 1) % 8 & 1:
                    self.unlock(channel)
            return None  # some boards send no reply
        channel, order = frame[2], frame[3]
        if header == OPEN and order == 0x11 and channel == 0:
            for each in self.closed:
                self.unlock(each)
        elif header == OPEN and order == 0x11 and channel in self.closed:
            self.unlock(channel)
            self.answer(OPEN, channel, self.state(channel))
        elif header == STATE and order == 0x33 and channel == 0:
            self.answer(STATE, *self.all_states(), 0x33)
        elif header == STATE and order == 0x33 and channel in self.closed:
            self.answer(STATE, channel, self.state(channel))
        return None

    # Orders from the test

    def order(self, line):
        verb, *number = line.split()
        if verb == "shut":
            self.set_door(int(number[0]), True, "shut")
        elif verb == "pull":
            self.set_door(int(number[0]), False, "pulled")
        elif verb == "jam":
            self.jammed.add(int(number[0]))
        elif verb == "free":
            self.jammed.discard(int(number[0]))
        elif verb == "slow":
            self.delay = float(number[0])
        elif verb == "silence":
            self.silent = True
        elif verb == "speak":
            self.silent = False
        elif verb == "noise":
            self.noisy = True
        elif verb == "echo":
            self.echoing = True
        elif verb == "tell":
            self.telling = True
        elif verb == "unplug":
            self.unplug()
        elif verb == "plug":
            self.plug()
        else:
            raise ValueError(f"no such order: {line}")
        self.log(done=line)

    def run(self):
        orders = b""
        while True:
            sources = [sys.stdin.fileno(), *([self.line] if self.line else [])]
            ready, _, _ = select.select(sources, [], [], SILENCE if self.buffer else None)
            if not ready:
                self.gave_up_waiting()
            if self.line in ready:
                try:
                    self.take(self.line.read())
                except OSError:
                    pass  # a reset connection; the next one is accepted as usual
            if sys.stdin.fileno() in ready:
                more = os.read(sys.stdin.fileno(), 4096)
                if not more:
                    return
                *lines, orders = (orders + more).split(b"\n")
                for line in lines:
                    self.order(line.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", type=int, default=1)
    parser.add_argument("--channels", type=int, default=24)
    parser.add_argument("--closed-bit", type=int, choices=(0, 1), default=1)
    parser.add_argument("--order", choices=("last-byte-first", "first-byte-first"), default="last-byte-first")
    parser.add_argument("--delay", type=float, default=0.03, help="seconds before an answer")
    parser.add_argument("--link", help="a stable path for the serial port")
    parser.add_argument("--tcp", type=int, help="listen on this loopback port instead; 0 picks one")
    board = Board(parser.parse_args())
    try:
        board.run()
    finally:
        board.unplug()


if __name__ == "__main__":
    main()
