// The route on show, as reactive state. The address is the truth; this only follows it.
import { parse } from "./router";

let route = $state.raw(parse(location.hash));
window.addEventListener("hashchange", () => (route = parse(location.hash)));

export const here = {
  get route() {
    return route;
  },
};
