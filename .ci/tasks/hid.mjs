// npm run hid: the badge reader code against a real kernel, in a virtual machine. Not part of
// npm test: it needs Debian's kernel package and an emulator.
import { cargo, nodeTests, Stop, task, which } from "./lib.mjs";
import { setup } from "./setup.mjs";

await task(async () => {
  if (!which("apt-get") || process.arch !== "x64") throw new Stop("this test needs Debian on x86-64");
  await setup("hid");
  await cargo(["build", "-p", "hardware", "--example", "hid_guest"]);
  await nodeTests("tests/hid");
});
