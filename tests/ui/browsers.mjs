// Which browser the journeys run in. The one that has no window to draw takes a third less time.
import { which } from "../../.ci/tasks/lib.mjs";

export const browsers = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of the first there is; `CHROMIUM` names another. */
export const browser = () => process.env.CHROMIUM ?? browsers.map(which).find(Boolean);
