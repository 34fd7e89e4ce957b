// Makes a fresh machine ready: system libraries, npm packages and the tools of the tests.
// Each step first looks whether there is anything to do, so running it again costs nothing.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { browsers } from "../../tests/ui/browsers.mjs";
import { ask, cargo, isMain, root, run, say, Stop, target, task, which } from "./lib.mjs";

// A name may be several, in order of preference: distributions rename packages.
const libraries = {
  build: [
    "build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "librsvg2-dev", "libudev-dev", "libdbus-1-dev",
  ],
  test: [
    "xvfb", "x11-utils", "openbox", "libxtst6", "dbus", "dunst", "gnome-keyring", "openssl", "python3-venv", "strace",
    "slapd", "ldap-utils", "dovecot-imapd", "webkit2gtk-driver|webkitgtk-webdriver",
    "chromium-headless-shell|chromium|chromium-browser",
  ],
  hid: ["qemu-system-x86", "seabios", "busybox-static", "cpio", "xz-utils"],
};

// Found by its program, because it also comes from outside the package manager.
const programs = {
  chromium: browsers,
};

// The tests start their own slapd and dovecot. Installing them shall not make this machine a directory or mail server,
// now or at its next start.
const servers = ["slapd", "dovecot-imapd"];
const installServers = (names) => `
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod +x $policy
  fi
  [ ! -d /etc/systemd/system ] || [ -e /etc/systemd/system/dovecot.service ] ||
    ln -s /dev/null /etc/systemd/system/dovecot.service
  echo "slapd slapd/no_configuration boolean true" | debconf-set-selections &&
  apt-get install -q -y --no-install-recommends ${names.join(" ")}`;

const tauriDriver = "2.1.0";

// A mail server, a checker of SCIM servers with the client it is made on, and what others read our messages with.
const pythonPackages = [
  "aiosmtpd==1.4.6",
  "icalendar==7.3.2", "slack-sdk==3.48.0", "standardwebhooks==1.1.0",
  "scim2-tester==0.5.2", "scim2-client==0.13.2", "scim2-models==0.12.3", "httpx2==2.16.2",
];

/** Everything `kind` needs: "build", "test" (build as well) or "hid". */
export async function setup(kind) {
  const kinds = { build: ["build"], test: ["build", "test"], hid: ["build", "hid"] }[kind];
  await systemPackages(kinds.flatMap((name) => libraries[name]));
  rust();
  await nodePackages();
  if (kind === "test") {
    await python();
    await driver();
  }
}

async function systemPackages(wanted) {
  if (process.platform === "darwin") return say("needs the Xcode command line tools (xcode-select --install)");
  if (process.platform === "win32") return say("needs the Microsoft C++ build tools, and WebView2 (part of Windows 11)");
  if (!which("dpkg-query")) return say(`needs what Debian calls ${wanted.join(", ")}`);
  const missing = wanted.filter((name) => !name.split("|").some(present));
  if (missing.length === 0) return;

  say(`missing system packages: ${missing.join(", ")}`);
  const admin = process.getuid() === 0 ? [] : which("sudo") ? ["sudo", ...(process.stdin.isTTY ? [] : ["-n"])] : undefined;
  const pick = () => missing.map((name) => name.split("|").find(known) ?? name.split("|")[0]);
  const byHand = () => new Stop(`please install them as an administrator: apt-get install ${pick().join(" ")}`);
  if (!admin) throw byHand();
  const apt = (...args) => {
    const [program, ...rest] = [...admin, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    return run(program, rest).catch(() => { throw byHand(); });
  };
  await apt("update", "-q");
  const daemons = servers.filter((name) => missing.includes(name));
  if (daemons.length > 0) {
    const [program, ...rest] = [...admin, "sh", "-c", installServers(daemons)];
    await run(program, rest).catch(() => { throw byHand(); });
  }
  await apt("install", "-q", "-y", "--no-install-recommends", ...pick());
}

const present = (name) =>
  programs[name]?.some(which) || ask("dpkg-query", "-W", "-f=${db:Status-Status}", name) === "installed";
const known = (name) => Boolean(ask("apt-cache", "show", "--no-all-versions", name));

function rust() {
  const wanted = /^rust-version = "(.+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
  const found = /\d+\.\d+/.exec(ask("rustc", "--version") ?? "")?.[0];
  const number = (version) => version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  if (!found) throw new Stop(`please install Rust ${wanted} or newer with rustup`);
  if (number(found) < number(wanted)) {
    throw new Stop(`Rust ${found} is too old, please update to ${wanted} or newer (rustup update)`);
  }
}

async function nodePackages() {
  const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
  if (changed(join(root, "node_modules/.package-lock.json")) >= changed(join(root, "package-lock.json"))) return;
  say("installing npm packages");
  // Not `npm ci`: it refuses a lock file written without registry addresses, for it lacks other platforms' packages.
  await run("npm", ["install", "--no-save", "--no-audit", "--no-fund"]);
}

/** A Python of our own with a mail server for tests; `CUBBY_TEST_PYTHON` names it. */
async function python() {
  if (process.env.CUBBY_TEST_PYTHON) return;
  const folder = join(target, "test-python");
  const program = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (ask(program, "-c", "import aiosmtpd, httpx2, icalendar, scim2_tester, slack_sdk, standardwebhooks") === undefined) {
    say("setting up Python for the tests");
    await run(process.platform === "win32" ? "python" : "python3", ["-m", "venv", "--clear", folder]);
    await run(program, ["-m", "pip", "install", "--quiet", ...pythonPackages]);
  }
  process.env.CUBBY_TEST_PYTHON = program;
}

/** tauri-driver puts WebDriver in front of the app's own windows. There is none for macOS. */
async function driver() {
  if (process.platform === "darwin") return;
  const tools = join(target, "tools");
  const program = join(tools, "bin", process.platform === "win32" ? "tauri-driver.exe" : "tauri-driver");
  if (!existsSync(program)) {
    say(`building tauri-driver ${tauriDriver}`);
    await cargo(["install", "--locked", "--root", tools, "tauri-driver", "--version", tauriDriver]);
  }
  process.env.CUBBY_TAURI_DRIVER = program;
}

if (isMain(import.meta.url)) {
  await task(() => setup(process.argv[2] ?? "build"));
}
