// A virtual machine with a real kernel: /dev/uhid and /dev/hidraw*, which build machines and
// containers lack. Nothing is installed; the kernel is unpacked below target/.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
// In the order in which they need each other; a kernel may have some of them built in.
const modules = ["hid", "hid-generic", "uhid"];

const output = (program, ...args) => execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });

/** Debian's current kernel, fetched once. */
function kernel(folder) {
  const unpacked = join(folder, "kernel");
  if (!existsSync(unpacked)) {
    const name = /Depends: (linux-image-\S+)/.exec(output("apt-cache", "depends", "linux-image-amd64"))[1];
    const fetched = join(folder, "download");
    rmSync(fetched, { recursive: true, force: true });
    mkdirSync(fetched, { recursive: true });
    execFileSync("apt-get", ["download", "-q", "-o", "APT::Sandbox::User=root", name], { cwd: fetched, stdio: "inherit" });
    execFileSync("dpkg", ["-x", join(fetched, readdirSync(fetched)[0]), `${unpacked}.part`]);
    execFileSync("mv", [`${unpacked}.part`, unpacked]);
    rmSync(fetched, { recursive: true });
  }
  const image = readdirSync(join(unpacked, "boot")).find((name) => name.startsWith("vmlinuz"));
  return { image: join(unpacked, "boot", image), drivers: join(unpacked, "lib/modules") };
}

/** A root file system with busybox, the kernel's HID drivers and the two programs. */
function fileSystem(folder, { drivers, programs, command }) {
  const top = join(folder, "root");
  rmSync(top, { recursive: true, force: true });
  const put = (from, to) => {
    mkdirSync(dirname(join(top, to)), { recursive: true });
    copyFileSync(from, join(top, to));
  };
  put("/bin/busybox", "bin/busybox");
  for (const program of programs) {
    put(program, `bin/${basename(program)}`);
    // A dynamic program brings its libraries, at the same paths as here.
    const needs = output("sh", "-c", `ldd "${program}" 2>/dev/null || true`).matchAll(/(\/\S+) \(0x/g);
    for (const [, library] of needs) put(library, library);
  }
  const files = readdirSync(drivers, { recursive: true });
  const found = modules.flatMap((module) => {
    const file = files.find((name) => new RegExp(`/${module}\\.ko(\\.xz)?$`).test(name));
    if (!file) return [];
    put(join(drivers, file), basename(file));
    if (file.endsWith(".xz")) execFileSync("xz", ["-d", join(top, basename(file))]);
    return [basename(file, ".xz")];
  });
  writeFileSync(join(top, "init"), `#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
${found.map((module) => `insmod /${module}`).join("\n")}
stty -echo
${command} &
device
poweroff -f
`);
  chmodSync(join(top, "init"), 0o755);
  execFileSync("sh", ["-c", "find . | cpio -o -H newc --quiet | gzip -1 > ../initramfs"], { cwd: top });
  return join(folder, "initramfs");
}

/**
 * Boot a machine that runs `command` beside the device program. `say` tells the device program what
 * to do; `hears` waits for a line of the console that was not heard before.
 */
export async function boot(folder, { program, command }) {
  mkdirSync(folder, { recursive: true });
  const device = join(folder, "device");
  execFileSync("rustc", ["--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-o", device, join(here, "device.rs")]);
  const { image, drivers } = kernel(folder);
  const initramfs = fileSystem(folder, { drivers, programs: [program, device], command });

  // Without KVM: it is rarely there, and the emulated processor boots in about ten seconds.
  const machine = spawn("qemu-system-x86_64", [
    "-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot", "-nic", "none",
    "-display", "none", "-monitor", "none", "-serial", "stdio",
    "-kernel", image, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1",
  ], { stdio: ["pipe", "pipe", "inherit"] });
  const stop = () => machine.kill("SIGKILL");
  process.once("exit", stop);

  const console = [];
  const unheard = [];
  let ended = false;
  let wake = () => {};
  let rest = "";
  machine.stdout.setEncoding("utf8").on("data", (text) => {
    const parts = (rest + text).split(/\r?\n/);
    rest = parts.pop();
    console.push(...parts);
    unheard.push(...parts);
    wake();
  });
  machine.on("close", () => { ended = true; wake(); });

  const hears = async (pattern, seconds = 60) => {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const at = unheard.findIndex((line) => pattern.test(line));
      if (at >= 0) return unheard.splice(at, 1)[0];
      const left = deadline - performance.now();
      if (ended || left <= 0) throw new Error(`no line like ${pattern} on the console:\n${console.join("\n")}`);
      await new Promise((done) => { wake = done; setTimeout(done, left).unref(); });
    }
  };
  // What is typed before somebody listens is lost.
  await hears(/^device: ready/).catch((error) => { stop(); throw error; });
  return {
    hears,
    async say(...words) {
      machine.stdin.write(`${words.join(" ")}\n`);
      await hears(new RegExp(`^device: ${words[0]} .*: done`));
    },
    stop,
  };
}
