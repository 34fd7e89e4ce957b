"""Hands on keyboard, mouse and window manager of an X screen, by the XTEST extension: what WebDriver can't do.

    desk.py keys ctrl+w F11 …     pressed one after another, as on a real keyboard
    desk.py click X Y BUTTON
    desk.py ask TITLE close|leave-full-screen|minimise     as a window manager asks
    desk.py windows               how many windows are on the screen, those of menus too
"""
import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

x11, xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
Window = c_ulong


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("window", Window),
        ("message_type", c_ulong), ("format", c_int), ("data", c_long * 5), ("pad", c_long * 12),
    ]


class Attributes(ctypes.Structure):
    _fields_ = [
        ("x", c_int), ("y", c_int), ("width", c_int), ("height", c_int), ("border", c_int), ("depth", c_int),
        ("visual", c_void_p), ("root", Window), ("cls", c_int), ("bit_gravity", c_int), ("win_gravity", c_int),
        ("backing_store", c_int), ("planes", c_ulong), ("pixel", c_ulong), ("save_under", c_int),
        ("colormap", c_ulong), ("installed", c_int), ("map_state", c_int), ("pad", c_long * 16),
    ]


for function, result, arguments in [
    (x11.XOpenDisplay, c_void_p, [c_char_p]), (x11.XDefaultRootWindow, Window, [c_void_p]),
    (x11.XStringToKeysym, c_ulong, [c_char_p]), (x11.XKeysymToKeycode, ctypes.c_ubyte, [c_void_p, c_ulong]),
    (x11.XInternAtom, c_ulong, [c_void_p, c_char_p, c_int]),
    (x11.XQueryTree, c_int, [c_void_p, Window, POINTER(Window), POINTER(Window), POINTER(POINTER(Window)), POINTER(c_uint)]),
    (x11.XFetchName, c_int, [c_void_p, Window, POINTER(c_char_p)]),
    (x11.XSendEvent, c_int, [c_void_p, Window, c_int, c_long, c_void_p]),
    (x11.XGetWindowAttributes, c_int, [c_void_p, Window, POINTER(Attributes)]),
    (x11.XIconifyWindow, c_int, [c_void_p, Window, c_int]), (x11.XSync, c_int, [c_void_p, c_int]),
    (xtst.XTestFakeKeyEvent, c_int, [c_void_p, c_uint, c_int, c_ulong]),
    (xtst.XTestFakeButtonEvent, c_int, [c_void_p, c_uint, c_int, c_ulong]),
    (xtst.XTestFakeMotionEvent, c_int, [c_void_p, c_int, c_int, c_int, c_ulong]),
]:
    function.restype, function.argtypes = result, arguments

display = x11.XOpenDisplay(None)
root = x11.XDefaultRootWindow(display)
modifiers = {"ctrl": b"Control_L", "shift": b"Shift_L", "alt": b"Alt_L", "super": b"Super_L"}


def children(window):
    one, two, found, count = Window(), Window(), POINTER(Window)(), c_uint()
    x11.XQueryTree(display, window, byref(one), byref(two), byref(found), byref(count))
    return [found[n] for n in range(count.value)]


def named(title, window):
    name = c_char_p()
    if x11.XFetchName(display, window, byref(name)) and name.value == title:
        return window
    return next((found for child in children(window) if (found := named(title, child))), None)


def visible(window):
    about = Attributes()
    x11.XGetWindowAttributes(display, window, byref(about))
    return about.map_state == 2 and about.cls == 1 and about.width > 20 and about.height > 20


def message(window, to, kind, *data):
    event = ClientMessage(33, 0, 1, display, window, x11.XInternAtom(display, kind, 0), 32, (c_long * 5)(*data))
    x11.XSendEvent(display, to, 0, 0 if to == window else 0x180000, byref(event))


def press(combination):
    *held, last = combination.split("+")
    codes = [x11.XKeysymToKeycode(display, x11.XStringToKeysym(modifiers.get(key, key.encode()))) for key in [*held, last]]
    assert all(codes), f"no such key: {combination}"
    for code in codes:
        xtst.XTestFakeKeyEvent(display, code, 1, 0)
    for code in reversed(codes):
        xtst.XTestFakeKeyEvent(display, code, 0, 0)
    x11.XSync(display, 0)


verb, *rest = sys.argv[1:]
if verb == "keys":
    for combination in rest:
        press(combination)
elif verb == "click":
    x, y, button = map(int, rest)
    xtst.XTestFakeMotionEvent(display, -1, x, y, 0)
    for down in (1, 0):
        xtst.XTestFakeButtonEvent(display, button, down, 0)
elif verb == "windows":
    print(sum(visible(window) for window in children(root)))
elif verb == "ask":
    title, what = rest
    window = named(title.encode(), root)
    assert window, f"no window is called {title}"
    if what == "close":
        message(window, window, b"WM_PROTOCOLS", x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0), 0)
    elif what == "leave-full-screen":
        message(window, root, b"_NET_WM_STATE", 0, x11.XInternAtom(display, b"_NET_WM_STATE_FULLSCREEN", 0), 0, 1)
    elif what == "minimise":
        x11.XIconifyWindow(display, window, 0)
x11.XSync(display, 0)
